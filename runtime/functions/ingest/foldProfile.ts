import { PROFILE_LIMITS, type HistoryEntry, type ItemTally, type ProfileDocument } from '../../contracts/documents.ts';
import type { SubjectEvent } from './decodeEvent.ts';
import { RecentIds } from './recentIds.ts';

/** Anonymous sessions are forgotten after 30 days without an event. */
const SESSION_TTL_SECONDS = 30 * 24 * 3600;

/** How actions count. */
export interface FoldRules {
  /** Weight of an action as a sign of interest; 0 for what is none. */
  interest(action: string): number;
  /** How many earlier items a transition looks back to. */
  transitionWindow: number;
}

/** Told, in order, what each event that is new to the profile meant. */
export interface FoldObserver {
  /** `previous`: the distinct items of interest before it, oldest first, at most `transitionWindow`. */
  applied(event: SubjectEvent, previous: readonly string[]): void;
  /** The event's id was seen before. */
  repeated(event: SubjectEvent): void;
}

/**
 * Applies events of one subject, in hub order, to its profile (undefined: none yet). Returns the profile unchanged when
 * every event is already in it, else a new one; the given profile is never modified.
 */
export function foldProfile(
  profile: ProfileDocument | undefined,
  events: readonly SubjectEvent[],
  { partition, rules, observer }: { partition: string; rules: FoldRules; observer?: FoldObserver },
): ProfileDocument | undefined {
  let next: ProfileDocument | undefined;
  let recentIds: RecentIds | undefined;
  for (const event of events) {
    const known = next ?? profile;
    if (known && known.partition === partition && event.sequence <= known.sequence) continue;
    next ??= profile ? draftOf(profile) : newProfile(event, partition);
    next.partition = partition;
    next.sequence = event.sequence;
    recentIds ??= new RecentIds(next.recentIds, events.length);
    if (recentIds.has(event.digest)) {
      observer?.repeated(event);
    } else {
      const previous = observer ? itemsOfInterest(next.history, rules) : [];
      recentIds.add(event.digest);
      applyEvent(next, event, rules.interest(event.action));
      observer?.applied(event, previous);
    }
  }
  if (next && recentIds) next.recentIds = recentIds.toString();
  return next ?? profile;
}

function newProfile({ subject, kind }: SubjectEvent, partition: string): ProfileDocument {
  return {
    id: subject,
    subject,
    kind,
    partition,
    sequence: -1,
    history: [],
    items: [],
    hidden: [],
    recentIds: '',
    events: 0,
    ...(kind === 'session' ? { ttl: SESSION_TTL_SECONDS } : {}),
  };
}

function draftOf(profile: ProfileDocument): ProfileDocument {
  return { ...profile, history: [...profile.history], items: [...profile.items], hidden: [...profile.hidden] };
}

/** The last distinct items of interest, oldest first. */
function itemsOfInterest(history: readonly HistoryEntry[], rules: FoldRules): string[] {
  const items: string[] = [];
  for (let index = history.length - 1; index >= 0 && items.length < rules.transitionWindow; index--) {
    const { item, action } = history[index]!;
    if (rules.interest(action) > 0 && !items.includes(item)) items.push(item);
  }
  return items.reverse();
}

function applyEvent(profile: ProfileDocument, event: SubjectEvent, interest: number): void {
  profile.events += 1;
  if (event.query !== undefined) profile.lastQuery = event.query;
  if (event.channel !== undefined) profile.lastChannel = event.channel;
  if (event.location !== undefined) profile.lastLocation = event.location;
  const { itemId } = event;
  if (itemId === undefined) return;

  profile.history.push({ item: itemId, action: event.action, time: event.time, sequence: event.sequence });
  if (profile.history.length > PROFILE_LIMITS.history) profile.history.shift();
  if (event.action === 'dismiss') hide(profile.hidden, itemId);
  if (interest > 0) {
    countItem(profile.items, itemId, event.time);
    const hidden = profile.hidden.indexOf(itemId);
    if (hidden >= 0) profile.hidden.splice(hidden, 1);
  }
}

function countItem(items: ItemTally[], item: string, time: number): void {
  const index = indexOf(items, item);
  if (index >= 0) {
    const [, count, first, last] = items[index]!;
    items[index] = [item, count + 1, Math.min(first, time), Math.max(last, time)];
    return;
  }
  if (items.length >= PROFILE_LIMITS.items) items.splice(longestUnused(items), 1);
  items.push([item, 1, time, time]);
}

function indexOf(items: readonly ItemTally[], item: string): number {
  for (let index = 0; index < items.length; index++) {
    if (items[index]![0] === item) return index;
  }
  return -1;
}

function longestUnused(items: readonly ItemTally[]): number {
  let oldest = 0;
  for (let index = 1; index < items.length; index++) {
    if (items[index]![3] < items[oldest]![3]) oldest = index;
  }
  return oldest;
}

/** As many dismissed items as items of interest are kept, so that the document stays small. */
function hide(hidden: string[], item: string): void {
  if (hidden.includes(item)) return;
  hidden.push(item);
  if (hidden.length > PROFILE_LIMITS.items) hidden.shift();
}
