import { mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { takePidFile } from '../process/pidFile.ts';

/**
 * Ports that the stacks of this user have chosen. A chosen port looks free until its service listens, so without a note
 * two stacks that start at the same time would choose the same one.
 */
export class PortReservations {
  readonly #folder: string;
  readonly #releases: (() => void)[] = [];

  constructor(folder = join(tmpdir(), `attune-ports-${userInfo().uid}`)) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Whether the port is this stack's now; a stack that was killed holds none. */
  take(port: number): boolean {
    const taken = takePidFile(join(this.#folder, String(port)));
    if ('owner' in taken) return false;
    this.#releases.push(() => taken.release());
    return true;
  }

  releaseAll(): void {
    for (const release of this.#releases.splice(0)) release();
  }
}
