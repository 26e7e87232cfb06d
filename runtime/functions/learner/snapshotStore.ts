import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { RestError, type ContainerClient } from '@azure/storage-blob';
import { DecayedCounts, type DecayedCountsState } from '../../scoring/popularity.ts';
import { TransitionTable, type TransitionTableState } from '../../scoring/transitions.ts';
import { readBlob } from '../stores/readBlob.ts';
import { storeCall } from '../stores/transientError.ts';
import { emptyState, withHalfLife, type LearnerState } from './learnerState.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** ETags of the two blobs of a snapshot; absent: the blob does not exist. */
export interface SnapshotTags {
  transitions?: string;
  popularity?: string;
}

/** Another instance has written a snapshot since this one was read. */
export class SnapshotOutdated extends Error {}

export interface SnapshotStore {
  /** The last snapshot of a hub partition, or an empty state. */
  read(partition: string): Promise<{ state: LearnerState; tags: SnapshotTags }>;
  /** Replaces the snapshot that `tags` name. Throws `SnapshotOutdated` when it is not the stored one any more. */
  write(partition: string, state: LearnerState, tags: SnapshotTags): Promise<SnapshotTags>;
}

/** Snapshots as blobs `transitions/<partition>.json.gz` and `popularity/<partition>.json`, each with its cursor. */
export function blobSnapshotStore(container: ContainerClient, transitionHalfLifeDays: number): SnapshotStore {
  return {
    async read(partition) {
      const state = emptyState(transitionHalfLifeDays);
      const tags: SnapshotTags = {};
      const transitions = await readBlob(container, transitionsName(partition));
      if (transitions) {
        const { cursor, table } = parse<{ table: TransitionTableState }>(await decompress(transitions.content));
        state.transitions = { value: withHalfLife(TransitionTable.fromJSON(table), transitionHalfLifeDays), cursor };
        tags.transitions = transitions.etag;
      }
      const popularity = await readBlob(container, popularityName(partition));
      if (popularity) {
        const { cursor, counts } = parse<{ counts: DecayedCountsState }>(popularity.content);
        state.popularity = { value: DecayedCounts.fromJSON(counts), cursor };
        tags.popularity = popularity.etag;
      }
      return { state, tags };
    },

    async write(partition, { transitions, popularity }, tags) {
      const table = JSON.stringify({ cursor: transitions.cursor, table: transitions.value });
      // Level 1: the tables are rewritten every minute, and most of the gain comes with the first level.
      const packed = await compress(table, { level: constants.Z_BEST_SPEED });
      const counts = Buffer.from(JSON.stringify({ cursor: popularity.cursor, counts: popularity.value }));
      return {
        transitions: await writeBlob(container, transitionsName(partition), packed, tags.transitions),
        popularity: await writeBlob(container, popularityName(partition), counts, tags.popularity),
      };
    },
  };
}

function transitionsName(partition: string): string {
  return `transitions/${partition}.json.gz`;
}

function popularityName(partition: string): string {
  return `popularity/${partition}.json`;
}

function parse<T>(content: Buffer): T & { cursor: number } {
  return JSON.parse(content.toString('utf8')) as T & { cursor: number };
}

async function writeBlob(
  container: ContainerClient,
  name: string,
  content: Buffer,
  etag: string | undefined,
): Promise<string | undefined> {
  const conditions = etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
  try {
    const written = await storeCall(`Writing ${name}`, () =>
      container.getBlockBlobClient(name).uploadData(content, { conditions }),
    );
    return written.etag;
  } catch (error) {
    if (error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0)) {
      throw new SnapshotOutdated(`${name} was written by another instance.`, { cause: error });
    }
    throw error;
  }
}
