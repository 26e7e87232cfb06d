import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

/** What became of `takePidFile`: the file is this process's until it gives it up, or another process owns it. */
export type PidFile = { release(): void } | { owner: number };

/** Claims something by a file that holds the number of this process; the file of a process that has ended is taken over. */
export function takePidFile(file: string): PidFile {
  for (;;) {
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(file);
    if (owner && isRunning(owner)) return { owner };
    rmSync(file, { force: true });
  }
}

/** 0 when the file has gone in the meantime. */
function readOwner(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
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
