import { RestError, type BlobLeaseClient, type BlockBlobClient, type ContainerClient } from '@azure/storage-blob';

const LOCK_BLOB = 'training.json';
const LEASE_SECONDS = 60;
const RENEW_MS = 20_000;
/** Ids of requests that are remembered as done; a request is delivered again for a day at most. */
const REMEMBERED = 200;

interface LockContent {
  /** Ids of the requests that have been served, oldest first. */
  done: string[];
}

/** The lock while a run holds it. */
export interface HeldLock {
  /** Throws when the lock has been lost: another run may be under way. */
  assertHeld(): void;
}

/** How `runOnce` ended. */
export type RunOutcome<T> = { ran: T } | 'done before' | 'busy';

/**
 * Runs `run` unless the request has been served before or another run is under way, on any instance. The lock is a blob
 * with a lease of a minute that is renewed while the run goes on, so it is free again when the process dies. A request
 * counts as served once its run has succeeded.
 */
export async function runOnce<T>(
  container: ContainerClient,
  requestId: string,
  run: (lock: HeldLock) => Promise<T>,
  { renewMs = RENEW_MS } = {},
): Promise<RunOutcome<T>> {
  const blob = container.getBlockBlobClient(LOCK_BLOB);
  const lease = await acquire(blob);
  if (!lease) return 'busy';
  let lost: unknown;
  const renewing = setInterval(() => {
    lease.renewLease().catch((error: unknown) => {
      lost ??= error;
    });
  }, renewMs);
  try {
    const { done } = JSON.parse((await blob.downloadToBuffer()).toString('utf8')) as LockContent;
    if (done.includes(requestId)) return 'done before';
    const assertHeld = () => {
      if (lost) throw new Error('The training lock was lost while the run was under way.', { cause: lost });
    };
    const ran = await run({ assertHeld });
    const content: LockContent = { done: [...done, requestId].slice(-REMEMBERED) };
    await blob.uploadData(Buffer.from(JSON.stringify(content)), { conditions: { leaseId: lease.leaseId } });
    return { ran };
  } finally {
    clearInterval(renewing);
    if (!lost) await lease.releaseLease();
  }
}

async function acquire(blob: BlockBlobClient): Promise<BlobLeaseClient | undefined> {
  await createIfMissing(blob);
  const lease = blob.getBlobLeaseClient();
  try {
    await lease.acquireLease(LEASE_SECONDS);
    return lease;
  } catch (error) {
    if (error instanceof RestError && error.code === 'LeaseAlreadyPresent') return undefined;
    throw error;
  }
}

async function createIfMissing(blob: BlockBlobClient): Promise<void> {
  const empty: LockContent = { done: [] };
  try {
    await blob.uploadData(Buffer.from(JSON.stringify(empty)), { conditions: { ifNoneMatch: '*' } });
  } catch (error) {
    // Another instance was first, or a run holds it: it exists.
    if (!(error instanceof RestError && [409, 412].includes(error.statusCode ?? 0))) throw error;
  }
}
