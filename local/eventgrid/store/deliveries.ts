import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventSchema, GridEvent, JsonObject } from '../model.ts';

/** One event on its way to one subscription. Times are milliseconds since 1970. */
export interface Delivery {
  id: number;
  event: GridEvent;
  eventRow: number;
  bytes: number;
  published: number;
  /** Attempts made so far. */
  attempts: number;
  lastAttempt?: number;
  lastOutcome?: string;
  /** Set once the event is undeliverable and waits for its dead-letter blob. */
  deadLetter?: { reason: string; since: number };
}

/** What became of a subscription's events. */
export interface DeliveryCounts {
  /** Events that passed the filter. */
  matched: number;
  delivered: number;
  /** Events still to deliver, with those that have failed at least once. */
  pending: number;
  retrying: number;
  /** Of these, the ones that were given up and wait for their dead letter. */
  undeliverable: number;
  deadLettered: number;
  /** Undeliverable without a dead-letter destination, or the destination failed for hours. */
  dropped: number;
}

/** An event that a topic took in. */
export interface Accepted {
  event: GridEvent;
  subscriptions: { id: number; due: number }[];
}

export type Ending = 'delivered' | 'dead_lettered' | 'dropped';

const COLUMNS = `d.id, d.attempts, d.last_attempt, d.last_outcome, d.dead_letter_reason, d.dead_letter_since,
  e.id AS event_row, e.schema, e.body, e.published`;
const EVENTS_OF_SUBSCRIPTION = 'deliveries d JOIN events e ON e.id = d.event WHERE d.subscription = ?';

const STATEMENTS = {
  countPublished: 'UPDATE topics SET published = published + ? WHERE name = ?',
  countMatched: 'UPDATE subscriptions SET matched = matched + ? WHERE id = ?',
  insertEvent: 'INSERT INTO events (topic, schema, body, published) VALUES (?, ?, ?, ?) RETURNING id',
  insertDelivery: 'INSERT INTO deliveries (event, subscription, next_attempt) VALUES (?, ?, ?)',
  due: `SELECT ${COLUMNS} FROM ${EVENTS_OF_SUBSCRIPTION}
    AND d.next_attempt <= ? AND e.published <= ? AND d.dead_letter_reason IS NULL
    AND d.id NOT IN (SELECT value FROM json_each(?)) ORDER BY d.next_attempt, d.id LIMIT ?`,
  dueDeadLetters: `SELECT ${COLUMNS} FROM ${EVENTS_OF_SUBSCRIPTION}
    AND d.next_attempt <= ? AND d.dead_letter_reason IS NOT NULL ORDER BY d.next_attempt, d.id LIMIT ?`,
  nextDue: `SELECT next_attempt AS time FROM deliveries
    WHERE subscription = ? AND next_attempt > ? AND dead_letter_reason IS NULL ORDER BY next_attempt LIMIT 1`,
  nextExpiry: `SELECT min(max(d.next_attempt, e.published + ?)) AS time FROM deliveries d JOIN events e ON e.id = d.event
    WHERE d.subscription = ? AND d.dead_letter_reason IS NULL`,
  nextDeadLetter: `SELECT next_attempt AS time FROM deliveries
    WHERE subscription = ? AND dead_letter_reason IS NOT NULL ORDER BY next_attempt LIMIT 1`,
  deleteDelivery: 'DELETE FROM deliveries WHERE id = ?',
  deleteEvent: 'DELETE FROM events WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event = ?)',
  countDelivered: 'UPDATE subscriptions SET delivered = delivered + ? WHERE id = ?',
  countDeadLettered: 'UPDATE subscriptions SET dead_lettered = dead_lettered + ? WHERE id = ?',
  countDropped: 'UPDATE subscriptions SET dropped = dropped + ? WHERE id = ?',
  reschedule: `UPDATE deliveries SET attempts = ?, next_attempt = ?, last_attempt = ?, last_outcome = ?,
    dead_letter_reason = ?, dead_letter_since = ? WHERE id = ?`,
  counts: `SELECT matched, delivered, dead_lettered AS deadLettered, dropped,
      (SELECT count(*) FROM deliveries WHERE subscription = s.id) AS pending,
      (SELECT count(*) FROM deliveries WHERE subscription = s.id AND attempts > 0) AS retrying,
      (SELECT count(*) FROM deliveries WHERE subscription = s.id AND dead_letter_reason IS NOT NULL) AS undeliverable
    FROM subscriptions s WHERE id = ?`,
};

const COUNTERS = {
  delivered: 'countDelivered',
  dead_lettered: 'countDeadLettered',
  dropped: 'countDropped',
} as const;

/** Accepted events and their pending deliveries on disk. Writes belong into a transaction of `GroupCommit`. */
export class DeliveryStore {
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(args: { database: DatabaseSync }) {
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, args.database.prepare(sql)] as const);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  /** Takes events in, each with the subscriptions it goes to and when it is due there. */
  accept(topic: string, events: Accepted[], now: number): void {
    const { countPublished, countMatched, insertEvent, insertDelivery } = this.#statements;
    countPublished.run(events.length, topic);
    const matched = new Map<number, number>();
    for (const { event, subscriptions } of events) {
      if (subscriptions.length === 0) continue;
      const row = insertEvent.get(topic, event.schema, JSON.stringify(event.body), now) as { id: number };
      for (const { id, due } of subscriptions) {
        insertDelivery.run(row.id, id, due);
        matched.set(id, (matched.get(id) ?? 0) + 1);
      }
    }
    for (const [subscription, count] of matched) countMatched.run(count, subscription);
  }

  /**
   * Deliveries whose time has come, longest due first, without those that are under way, of events that were published
   * at `publishedUntil` at the latest. The last one may exceed `bytes`.
   */
  due(args: {
    subscription: number;
    now: number;
    publishedUntil: number;
    underWay: Iterable<number>;
    limit: number;
    bytes: number;
  }): Delivery[] {
    const underWay = JSON.stringify([...args.underWay]);
    return this.#read('due', [args.subscription, args.now, args.publishedUntil, underWay, args.limit], args.bytes);
  }

  /** Undeliverable events whose dead letter is due. The last one may exceed `bytes`. */
  dueDeadLetters(args: { subscription: number; now: number; limit: number; bytes: number }): Delivery[] {
    return this.#read('dueDeadLetters', [args.subscription, args.now, args.limit], args.bytes);
  }

  /** When the next delivery after `now` falls due; undefined if none waits. */
  nextDue(subscription: number, now: number): number | undefined {
    return this.#time('nextDue', [subscription, now]);
  }

  /** When the next attempt falls due whose event is older than `timeToLive` by then; undefined if none waits. */
  nextExpiry(subscription: number, timeToLive: number): number | undefined {
    return this.#time('nextExpiry', [timeToLive, subscription]);
  }

  /** When the next dead letter is due; undefined if none waits. */
  nextDeadLetter(subscription: number): number | undefined {
    return this.#time('nextDeadLetter', [subscription]);
  }

  /** Ends deliveries; an event without open deliveries is forgotten. */
  end(subscription: number, deliveries: Delivery[], ending: Ending): void {
    let ended = 0;
    for (const { id, eventRow } of deliveries) {
      ended += Number(this.#statements.deleteDelivery.run(id).changes);
      this.#statements.deleteEvent.run(eventRow, eventRow);
    }
    this.#statements[COUNTERS[ending]].run(ended, subscription);
  }

  /** Notes how a delivery stands and when its next attempt (or its dead letter) is due. */
  reschedule(delivery: Delivery, nextAttempt: number): void {
    this.#statements.reschedule.run(
      delivery.attempts,
      nextAttempt,
      delivery.lastAttempt ?? null,
      delivery.lastOutcome ?? null,
      delivery.deadLetter?.reason ?? null,
      delivery.deadLetter?.since ?? null,
      delivery.id,
    );
  }

  counts(subscription: number): DeliveryCounts {
    return { ...(this.#statements.counts.get(subscription) as unknown as DeliveryCounts) };
  }

  #read(statement: 'due' | 'dueDeadLetters', parameters: SQLInputValue[], bytes: number): Delivery[] {
    const read: Delivery[] = [];
    let length = 0;
    for (const row of this.#statements[statement].iterate(...parameters)) {
      const delivery = toDelivery(row as unknown as DeliveryRow);
      read.push(delivery);
      length += delivery.bytes;
      if (length >= bytes) break;
    }
    return read;
  }

  #time(statement: 'nextDue' | 'nextExpiry' | 'nextDeadLetter', parameters: SQLInputValue[]): number | undefined {
    const row = this.#statements[statement].get(...parameters) as { time: number | null } | undefined;
    return row?.time ?? undefined;
  }
}

interface DeliveryRow {
  id: number;
  attempts: number;
  last_attempt: number | null;
  last_outcome: string | null;
  dead_letter_reason: string | null;
  dead_letter_since: number | null;
  event_row: number;
  schema: string;
  body: string;
  published: number;
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    event: { schema: row.schema as EventSchema, body: JSON.parse(row.body) as JsonObject },
    eventRow: row.event_row,
    bytes: row.body.length,
    published: row.published,
    attempts: row.attempts,
    ...(row.last_attempt !== null && { lastAttempt: row.last_attempt }),
    ...(row.last_outcome !== null && { lastOutcome: row.last_outcome }),
    ...(row.dead_letter_reason !== null && {
      deadLetter: { reason: row.dead_letter_reason, since: row.dead_letter_since ?? 0 },
    }),
  };
}
