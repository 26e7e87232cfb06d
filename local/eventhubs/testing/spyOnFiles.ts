import { open, type FileHandle } from 'node:fs/promises';
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
