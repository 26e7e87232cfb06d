import { open, rename } from 'node:fs/promises';

/** Writes a file, readable by its owner alone; after a crash it is either the old or the new one. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
