import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalEndpoints } from '../../../runtime/contracts/endpoints.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

/** A stack started as a user starts it, in a process of its own, for tests and benchmarks. */
export interface StartedStack {
  dataDir: string;
  child: ChildProcess;
  /** Everything that was printed so far, both streams. */
  output(): string;
  /** Read again at every call: a restart may have changed ports. */
  endpoints(): LocalEndpoints;
  /** Waits for the end of the process; resolves with its exit code. */
  ended(): Promise<number | null>;
  /** Ctrl-C, then the exit code. */
  interrupt(): Promise<number | null>;
}

/** Runs `npm start` with these arguments; resolves when it prints `until`, rejects with its output if it ends before. */
export async function startStack(
  args: string[],
  { dataDir, until }: { dataDir: string; until: string },
): Promise<StartedStack> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, '--data', dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.includes(until)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void ended.then((code) => reject(new Error(`the stack ended with code ${code}:\n${output}`)));
  });
  return {
    dataDir,
    child,
    output: () => output,
    endpoints: () => JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as LocalEndpoints,
    ended: () => ended,
    interrupt: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** An empty data folder that the returned function removes. */
export function temporaryDataDir(): { dataDir: string; remove: () => void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'attune-stack-'));
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}
