import type { KnownAction } from './events.ts';

/**
 * Cosmos allows neither `/`, `\`, `?` nor `#` in a document id; percent-encoding keeps any identifier usable.
 * A subject is a user or an anonymous session: `user:17850`, `session:536414`.
 */
export function userSubject(userId: string): string {
  return `user:${encodeURIComponent(userId)}`;
}

export function sessionSubject(sessionId: string): string {
  return `session:${encodeURIComponent(sessionId)}`;
}

export function itemDocumentId(itemId: string): string {
  return encodeURIComponent(itemId);
}

/** One remembered interaction: item, action, event time (ms since 1970) and sequence number in the hub partition. */
export interface HistoryEntry {
  item: string;
  action: KnownAction | (string & {});
  time: number;
  sequence: number;
}

/** An item that the subject had positive interactions with: [item, how often, first time ms, last time ms]. */
export type ItemTally = [item: string, count: number, first: number, last: number];

/** Limits that keep a profile document small (Cosmos charges by size and refuses 2 MB). */
export const PROFILE_LIMITS = { history: 100, items: 2000, recentIds: 4096 } as const;

/** Container `profiles`, partition key `/subject` (equal to the id). */
export interface ProfileDocument {
  id: string;
  subject: string;
  kind: 'user' | 'session';
  /** `<hub>-<partition>` that the subject's events arrive in, and the last sequence number applied from it. */
  partition: string;
  sequence: number;
  /** Most recent last, at most `PROFILE_LIMITS.history`. */
  history: HistoryEntry[];
  /** In order of the first positive interaction, at most `PROFILE_LIMITS.items` (the longest unused go first). */
  items: ItemTally[];
  /** Items that the subject dismissed. */
  hidden: string[];
  /** Digests of the last event ids, 8 characters each, joined: a repeated id has no second effect. */
  recentIds: string;
  /** Events applied in all. */
  events: number;
  lastQuery?: string;
  lastChannel?: string;
  lastLocation?: string;
  /** Written by the workflow `on-recommendation-issued`. */
  lastRecommendation?: { requestId: string; channel: string; issuedAt: string; items: string[] };
  /** Seconds; sessions only. */
  ttl?: number;
  /** Set by Cosmos. */
  _etag?: string;
  _ts?: number;
}

/** Why ingest could not apply an event. */
export type DeadLetterReason = 'not-json' | 'not-an-interaction' | 'too-large' | 'effect-failed';

/** Container `signals`: how far a hub partition has been applied, with exact totals. Document id `cursor`. */
export interface CursorDocument {
  id: 'cursor';
  /** `<hub>-<partition>`. */
  partition: string;
  kind: 'cursor';
  sequence: number;
  applied: number;
  duplicates: number;
  deadLettered: Partial<Record<DeadLetterReason, number>>;
  /** Events up to here whose profile refused them have been moved from `applied` to `deadLettered`. */
  effectFailedUpTo?: number;
  _etag?: string;
}

/**
 * Container `signals`: what a batch of one hub partition taught. Written in one transaction with the cursor, so that
 * each event is in exactly one delta. Its id is the first sequence number, zero-padded to 16 digits.
 */
export interface DeltaDocument {
  id: string;
  partition: string;
  kind: 'delta';
  from: number;
  to: number;
  /** Latest event time in the batch, ms. */
  time: number;
  /** Item to its summed action weight. */
  popularity: Record<string, number>;
  /** Item to what followed it: [next item, weight] with the weights of `transitions.ts` in runtime/scoring. */
  transitions: Record<string, [item: string, weight: number][]>;
  ttl: number;
}

/** Days after which a count of popularity is worth half. */
export const POPULARITY_HALF_LIFE_DAYS = 30;

export type SignalDocument = CursorDocument | DeltaDocument;

/** Container `items`, partition key `/id`. A deleted item stays as a mark until its `ttl` ends. */
export interface ItemDocument {
  /** `itemDocumentId(itemId)`. */
  id: string;
  itemId: string;
  title: string;
  categories: string[];
  price?: number;
  available: boolean;
  attributes?: Record<string, string | number | boolean>;
  updatedAt: string;
  deleted?: true;
  ttl?: number;
}

/** An interaction that was not applied, as a blob `<hub>/<partition>/<sequence>.json` in `dead-letter`. */
export interface DeadLetter {
  reason: DeadLetterReason;
  detail: string;
  hub: string;
  partition: string;
  sequence: number;
  offset: string;
  enqueuedAt: string;
  /** The body as received: text where it is UTF-8, else base64. */
  body: string;
  encoding: 'utf8' | 'base64';
}
