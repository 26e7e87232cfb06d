import { createHash } from 'node:crypto';
import { RestError, type BlockBlobClient } from '@azure/storage-blob';

export interface BlobLockOptions {
  blob: BlockBlobClient;
  /** Names who asks; the same after a restart, so that a host that died finds its own lock again. */
  owner: string;
  /** Life of the lease without renewal, 15 to 60 s. */
  periodMs: number;
}

/** A lock that is a lease on an empty blob, as those of the real host are: one holder among all instances of an app. */
export class BlobLock {
  readonly #options: BlobLockOptions;
  readonly #leaseId: string;

  constructor(options: BlobLockOptions) {
    this.#options = options;
    this.#leaseId = uuidOf(`${options.owner}/${options.blob.url}`);
  }

  /** Takes the lock; false when another one holds it. */
  async acquire(): Promise<boolean> {
    try {
      return await this.#lease();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
    await this.#create();
    return this.#lease();
  }

  /** Says that the holder is alive; false when the lock has been lost. */
  async renew(): Promise<boolean> {
    return unlessTaken(async () => this.#client().renewLease());
  }

  /** Gives the lock up; one that was lost is left alone. */
  async release(): Promise<void> {
    await unlessTaken(async () => this.#client().releaseLease());
  }

  #lease(): Promise<boolean> {
    return unlessTaken(async () => this.#client().acquireLease(Math.round(this.#options.periodMs / 1000)));
  }

  async #create(): Promise<void> {
    const onlyIfNew = { conditions: { ifNoneMatch: '*' } };
    await unlessTaken(async () => this.#options.blob.upload('', 0, onlyIfNew));
  }

  #client() {
    return this.#options.blob.getBlobLeaseClient(this.#leaseId);
  }
}

/** A conflict (409, 412) means that another one was faster or holds the lock. */
async function unlessTaken(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if ([409, 412].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof RestError ? error.statusCode : undefined;
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
