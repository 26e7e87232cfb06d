import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes a folder with `fill` and puts it at `target` in one step, in place of what is there, so that nobody ever sees half
 * of it. When several processes do so at once the last one wins. Leaves nothing behind when `fill` fails.
 */
export async function putInPlace(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const unique = randomBytes(6).toString('hex');
  const beside = (suffix: string) => join(dirname(target), `.${basename(target)}-${unique}-${suffix}`);
  const made = beside('new');
  const replaced = beside('old');
  try {
    await mkdir(made, { recursive: true });
    await fill(made);
    while (!(await renameTo(target, made))) {
      await renameFrom(target, replaced);
      await rm(replaced, { recursive: true, force: true });
    }
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** False when something is there already. */
async function renameTo(target: string, made: string): Promise<boolean> {
  try {
    await rename(made, target);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) return false;
    throw error;
  }
}

/** Takes what is at `target` away, unless another process has done so. */
async function renameFrom(target: string, replaced: string): Promise<void> {
  try {
    await rename(target, replaced);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
