import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takePidFile } from '../process/pidFile.ts';
import { UsageError } from '../pulumi/projectFiles.ts';

/**
 * Makes sure that one stack runs per data folder. Throws `UsageError` while another one does; the file of a stack that
 * was killed is taken over. Returns the function that gives the folder free.
 */
export function acquireRunLock(dataDir: string): () => void {
  makeDataDir(dataDir);
  const lock = takePidFile(join(dataDir, 'run.lock'));
  if ('release' in lock) return () => lock.release();
  throw new UsageError(
    `Attune already runs with the data folder ${dataDir} (process ${lock.owner}). ` +
      'Stop it with Ctrl-C there, or start a second one with another folder: --data DIR.',
  );
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
