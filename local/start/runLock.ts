import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../pulumi/projectFiles.ts';

/**
 * Makes sure that one stack runs per data folder. Throws `UsageError` while another one does; the file of a stack that
 * was killed is taken over. Returns the function that gives the folder free.
 */
export function acquireRunLock(dataDir: string): () => void {
  const file = join(dataDir, 'run.lock');
  makeDataDir(dataDir);
  for (;;) {
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner && isRunning(owner)) {
      throw new UsageError(
        `Attune already runs with the data folder ${dataDir} (process ${owner}). ` +
          'Stop it with Ctrl-C there, or start a second one with another folder: --data DIR.',
      );
    }
    rmSync(file, { force: true });
  }
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `The data folder ${dataDir} cannot be made (${code}). Choose one you may write to: --data DIR.`,
    );
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
