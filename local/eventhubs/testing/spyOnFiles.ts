import fs from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** Spies on a method of all open files; what they do stays the same unless the test says otherwise. */
export async function spyOnFiles<Method extends 'writev' | 'datasync'>(directory: string, method: Method) {
  const file = await open(join(directory, 'probe'), 'w');
  const spy = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, method);
  await file.close();
  onTestFinished(() => spy.mockRestore());
  return spy;
}

/**
 * Makes the next write fail as on a full disk: one of up to 64 KiB, which is made at once, or a larger one. Returns the
 * spy on the writes of that size.
 */
export async function failNextWrite(directory: string, size: 'small' | 'large') {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  if (size === 'large') return (await spyOnFiles(directory, 'writev')).mockRejectedValueOnce(full);
  const spy = vi.spyOn(fs, 'writevSync').mockImplementationOnce(() => {
    throw full;
  });
  // The named imports of other modules follow.
  syncBuiltinESMExports();
  onTestFinished(() => {
    spy.mockRestore();
    syncBuiltinESMExports();
  });
  return spy;
}
