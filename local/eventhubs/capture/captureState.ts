import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../writeDurably.ts';

/** How far the capture of a partition has come; on disk, so that no event is captured twice or left out. */
export interface CaptureState {
  /** Log offset behind the last event that is in a finished file, or -1 while capture is switched off. */
  offset: number;
  /** When the window began, in milliseconds since 1970; absent until the first event arrives. */
  windowStart?: number;
  /** Time in the name of the latest file, in milliseconds since 1970; no other file may get the same name. */
  lastName?: number;
  /** A file that may be there already, wholly or not at all: it is written (again) up to this log offset. */
  planned?: { blob: string; end: number };
}

/** The `offset` of a partition whose capture is switched off. */
export const SWITCHED_OFF = -1;

function statePath(directory: string): string {
  return join(directory, 'capture.json');
}

/** The state of a partition, or undefined when it was never captured. */
export async function loadCaptureState(directory: string): Promise<CaptureState | undefined> {
  const text = await readFile(statePath(directory), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as CaptureState);
}

export async function saveCaptureState(directory: string, state: CaptureState): Promise<void> {
  await writeDurably(statePath(directory), `${JSON.stringify(state)}\n`);
}

/** Capture was switched off: what comes until it is switched on again is not captured. */
export async function suspendCaptureState(directory: string): Promise<void> {
  const state = await loadCaptureState(directory);
  if (state) await saveCaptureState(directory, { offset: SWITCHED_OFF, lastName: state.lastName });
}
