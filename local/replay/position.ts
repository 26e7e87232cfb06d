import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Totals } from './ledger.ts';

/** How far a replay has come; written while it runs, so that an interrupted one goes on where it was. */
export interface ReplayPosition {
  /** SHA-256 of the file: another file starts from the beginning. */
  file: string;
  catalogueLoaded: boolean;
  /** Events accepted per lane. */
  acknowledged: number[];
  /** The processor's totals before the first event. */
  before: Totals;
}

export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export async function readPosition(path: string): Promise<ReplayPosition | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as ReplayPosition);
}

export async function writePosition(path: string, position: ReplayPosition): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(position));
  await rename(`${path}.new`, path);
}
