import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CommandResult {
  code: number | null;
  /** Both streams, in the order in which they came. */
  output: string;
}

/**
 * Runs a command line in a shell, as a reader would, and resolves at its end. Once it has printed `until` it gets a
 * Ctrl-C: SIGINT to the whole process group, which is gone when this resolves. The environment is a reader's too: what
 * npm and vitest add to that of their children is left out.
 */
export async function runCommand(
  command: string,
  { cwd, until, timeoutMs = 60_000 }: { cwd: string; until?: string; timeoutMs?: number },
): Promise<CommandResult> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn('bash', ['-c', command], {
    cwd,
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const group = -(child.pid ?? Number.NaN);
  let output = '';
  let interrupted = false;
  const listen = (chunk: Buffer) => {
    output += chunk.toString('utf8');
    if (interrupted || until === undefined || !output.includes(until)) return;
    interrupted = true;
    process.kill(group, 'SIGINT');
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(group, 'SIGKILL');
  }, timeoutMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (late) throw new Error(`\`${command}\` did not end within ${timeoutMs / 1000} s. It printed:\n${output}`);
  while (isAlive(group)) await sleep(20);
  return { code, output };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
