import { BulkOperationType, type Container, type OperationInput, type RequestOptions } from '@azure/cosmos';
import type { ProfileDocument } from '../../contracts/documents.ts';
import { documentBody, type OperationAnswer } from '../stores/cosmosDocuments.ts';
import { groupsOf, inParallel } from '../stores/inParallel.ts';
import { isTransientStatus, storeCall, TransientStoreError } from '../stores/transientError.ts';
import type { ProfileStore, ProfileWrite } from './ports.ts';

/** Cosmos takes at most 100 operations in one request. */
const OPERATIONS_PER_REQUEST = 100;
const REQUESTS_AT_ONCE = 4;
const TOO_LARGE = 413;

/** Profiles in the Cosmos container `profiles`, read and written many per request. */
export function cosmosProfileStore(container: Container): ProfileStore {
  return {
    async read(subjects) {
      const operations = subjects.map((subject) => ({
        operationType: BulkOperationType.Read,
        id: subject,
        partitionKey: subject,
      }));
      const answers = await inParallel(groupsOf(operations, OPERATIONS_PER_REQUEST), REQUESTS_AT_ONCE, (group) =>
        bulk(container, 'Reading profiles', group),
      );
      const profiles = new Map<string, ProfileDocument>();
      for (const answer of answers.flat()) {
        if (answer.statusCode === 404) continue;
        if (answer.statusCode !== 200) throw unreadable(answer);
        const profile = answer.resourceBody as unknown as ProfileDocument;
        profiles.set(profile.subject, profile);
      }
      return profiles;
    },

    async write(profiles) {
      const operations = profiles.map(writeOperation);
      const outcomes = await inParallel(groupsOf(operations, OPERATIONS_PER_REQUEST), REQUESTS_AT_ONCE, (group) =>
        writeGroup(container, group),
      );
      return outcomes.flat();
    },
  };
}

/**
 * A profile over the size limit of Cosmos fails the whole request, so the group is halved until the profile is alone.
 * Those that were written before the failure are answered with a conflict, like those of another writer.
 */
async function writeGroup(container: Container, group: readonly OperationInput[]): Promise<ProfileWrite[]> {
  try {
    const answers = await bulk(container, 'Writing profiles', group, { contentResponseOnWriteEnabled: false });
    return answers.map(writeOutcome);
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (cause?.code !== TOO_LARGE) throw error;
    if (group.length === 1) return [writeOutcome({ statusCode: TOO_LARGE })];
    const half = group.length >>> 1;
    const first = await writeGroup(container, group.slice(0, half));
    return [...first, ...(await writeGroup(container, group.slice(half)))];
  }
}

/**
 * The older of the client's two bulk calls on purpose: `executeBulkOperations` collects operations for up to a second
 * before it sends them, which would be most of the time from a click to a changed recommendation.
 */
async function bulk(
  container: Container,
  what: string,
  operations: readonly OperationInput[],
  options?: RequestOptions,
): Promise<OperationAnswer[]> {
  return storeCall<OperationAnswer[]>(what, () =>
    container.items.bulk([...operations], { continueOnError: true }, options),
  );
}

function writeOperation(profile: ProfileDocument): OperationInput {
  const { subject, _etag } = profile;
  const resourceBody = documentBody(profile);
  return _etag === undefined
    ? { operationType: BulkOperationType.Create, partitionKey: subject, resourceBody }
    : { operationType: BulkOperationType.Replace, partitionKey: subject, resourceBody, id: subject, ifMatch: _etag };
}

/** 404: it was deleted since it was read, and has to be read again like one that was changed. */
const CONFLICTS = new Set([404, 409, 412]);

function writeOutcome({ statusCode, eTag, retryAfterMilliseconds }: OperationAnswer): ProfileWrite {
  if (statusCode < 300 && eTag !== undefined) return { etag: eTag };
  if (CONFLICTS.has(statusCode)) return { conflict: true };
  if (isTransientStatus(statusCode)) return { busy: true, retryAfterMs: retryAfterMilliseconds };
  return { refused: `Cosmos refused the profile with status ${statusCode}.` };
}

function unreadable({ statusCode, retryAfterMilliseconds }: OperationAnswer): Error {
  const message = `A profile could not be read: status ${statusCode}.`;
  if (!isTransientStatus(statusCode)) return new Error(message);
  return new TransientStoreError(message, { retryAfterMs: retryAfterMilliseconds });
}
