import type { ProfileDocument } from '../../contracts/documents.ts';
import type { SubjectEvent } from './decodeEvent.ts';
import { foldProfile, type FoldRules } from './foldProfile.ts';
import type { PartitionMemory } from './partitionMemory.ts';
import type { ProfileStore } from './ports.ts';
import { TransientStoreError } from '../stores/transientError.ts';
import { backoffMs, withRetry, type RetryPolicy } from '../stores/retry.ts';

/** A profile to be written, with what it was folded from, so that it can be folded anew. */
export interface PendingProfile {
  before: ProfileDocument | undefined;
  profile: ProfileDocument;
  events: readonly SubjectEvent[];
}

/** A profile that the store will never take. */
export interface Refusal {
  /** Sequence numbers of the events that it would have contained for the first time. */
  applied: number[];
  detail: string;
}

export interface ProfileWriting {
  profiles: ProfileStore;
  memory: PartitionMemory;
  rules: FoldRules;
  retry: RetryPolicy;
}

/**
 * Writes each profile once. Where another writer was first, the profile is read and folded again, which changes nothing
 * if that writer applied the same events. Returns what the store refused for good; throws `TransientStoreError` when it
 * stays busy.
 */
export async function writeProfiles(
  pending: readonly PendingProfile[],
  partition: string,
  { profiles, memory, rules, retry }: ProfileWriting,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let attempt = 1; pending.length > 0; attempt++) {
    const documents = pending.map(({ profile }) => profile);
    const answers = await withRetry(retry, () => profiles.write(documents));
    const outrun: PendingProfile[] = [];
    const waiting: PendingProfile[] = [];
    let retryAfterMs = 0;
    for (const [index, answer] of answers.entries()) {
      const writing = pending[index]!;
      const { profile } = writing;
      if ('etag' in answer) {
        memory.keepProfile(partition, { ...profile, _etag: answer.etag });
        continue;
      }
      memory.forgetProfile(partition, profile.subject);
      if ('refused' in answer) refusals.push(refusalOf(writing, partition, rules, answer.refused));
      else if ('conflict' in answer) outrun.push(writing);
      else {
        waiting.push(writing);
        retryAfterMs = Math.max(retryAfterMs, answer.retryAfterMs ?? 0);
      }
    }
    pending = [...waiting, ...(await foldAgain(outrun, partition, { profiles, memory, rules, retry }))];
    if (pending.length === 0) break;
    if (attempt >= retry.attempts) {
      throw new TransientStoreError(`${pending.length} profiles could not be written in ${attempt} attempts.`);
    }
    await retry.sleep(backoffMs(retry, attempt, retryAfterMs));
  }
  return refusals;
}

async function foldAgain(
  outrun: readonly PendingProfile[],
  partition: string,
  { profiles, memory, rules, retry }: ProfileWriting,
): Promise<PendingProfile[]> {
  if (outrun.length === 0) return [];
  const stored = await withRetry(retry, () => profiles.read(outrun.map(({ profile }) => profile.subject)));
  const changed: PendingProfile[] = [];
  for (const { profile, events } of outrun) {
    const current = stored.get(profile.subject);
    const folded = foldProfile(current, events, { partition, rules });
    if (folded && folded !== current) changed.push({ before: current, profile: folded, events });
    else if (current) memory.keepProfile(partition, current);
  }
  return changed;
}

function refusalOf({ before, events }: PendingProfile, partition: string, rules: FoldRules, detail: string): Refusal {
  const applied: number[] = [];
  const observer = { applied: ({ sequence }: SubjectEvent) => void applied.push(sequence), repeated: () => undefined };
  foldProfile(before, events, { partition, rules, observer });
  return { applied, detail };
}
