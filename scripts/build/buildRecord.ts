import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** What a package was built from. */
interface BuildRecord {
  native: boolean;
  /** Hash of the code that builds. */
  builder: string;
  /** Each file that was read, relative to the project, with its size and time of change. */
  inputs: Record<string, string>;
}

export interface BuiltFrom {
  /** Folder that the inputs are relative to. */
  root: string;
  native: boolean;
}

/** Whether the record says that a package was built from the files as they are now, in the same way, by this code. */
export async function isCurrent(recordFile: string, { root, native }: BuiltFrom): Promise<boolean> {
  const record = await readRecord(recordFile);
  if (record?.native !== native || record.builder !== (await builderHash())) return false;
  const now = await fingerprints(root, Object.keys(record.inputs));
  return Object.entries(record.inputs).every(([file, fingerprint]) => now[file] === fingerprint);
}

/** Writes down what a package was built from. */
export async function writeRecord(recordFile: string, { root, native }: BuiltFrom, inputs: string[]): Promise<void> {
  const record: BuildRecord = { native, builder: await builderHash(), inputs: await fingerprints(root, inputs) };
  await writeFile(recordFile, JSON.stringify(record));
}

/** The record, or undefined when there is none that can be read: then the package is built again. */
async function readRecord(recordFile: string): Promise<BuildRecord | undefined> {
  try {
    return JSON.parse(await readFile(recordFile, 'utf8')) as BuildRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function builderHash(): Promise<string> {
  const hash = createHash('sha256');
  const sources = globSync('*.ts', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.test.ts'));
  for (const file of sources.sort()) hash.update(await readFile(join(import.meta.dirname, file)));
  return hash.digest('hex');
}

async function fingerprints(root: string, files: string[]): Promise<Record<string, string>> {
  const entries = files.map(async (file) => {
    const stats = await stat(resolve(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return [file, stats ? `${stats.size} ${stats.mtimeMs}` : 'missing'] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
