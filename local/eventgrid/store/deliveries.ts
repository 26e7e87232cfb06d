import type { DatabaseSync, StatementSync } from 'node:sqlite';
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
  deadLettered: number;
  /** Undeliverable without a dead-letter destination, or the destination failed for hours. */
  dropped: number;
}

export type Ending = 'delivered' | 'dead_lettered' | 'dropped';

/** Accepted events and their pending deliveries on disk. Writes belong into a transaction of `GroupCommit`. */
export class DeliveryStore {
  readonly #database: DatabaseSync;
  readonly #insertEvent: StatementSync;
  readonly #insertDelivery: StatementSync;
  readonly #due: StatementSync;
  readonly #next: StatementSync;

  constructor(args: { database: DatabaseSync }) {
    this.#database = args.database;
    this.#insertEvent = args.database.prepare(
      'INSERT INTO events (topic, schema, body, published) VALUES (?, ?, ?, ?) RETURNING id',
    );
    this.#insertDelivery = args.database.prepare(
      'INSERT INTO deliveries (event, subscription, next_attempt) VALUES (?, ?, ?)',
    );
    this.#due = args.database.prepare(
      `SELECT d.id, d.attempts, d.last_attempt, d.last_outcome, d.dead_letter_reason, d.dead_letter_since,
              e.id AS event_row, e.schema, e.body, e.published
       FROM deliveries d JOIN events e ON e.id = d.event
       WHERE d.subscription = ? AND d.next_attempt <= ? AND d.id NOT IN (SELECT value FROM json_each(?))
       ORDER BY d.next_attempt, d.id LIMIT ?`,
    );
    this.#next = args.database.prepare(
      'SELECT next_attempt FROM deliveries WHERE subscription = ? AND next_attempt > ? ORDER BY next_attempt LIMIT 1',
    );
  }

  /** Takes events in, each with the ids of the subscriptions it goes to. */
  accept(topic: string, events: { event: GridEvent; subscriptions: number[] }[], now: number): void {
    this.#database.prepare('UPDATE topics SET published = published + ? WHERE name = ?').run(events.length, topic);
    const matched = new Map<number, number>();
    for (const { event, subscriptions } of events) {
      if (subscriptions.length === 0) continue;
      const row = this.#insertEvent.get(topic, event.schema, JSON.stringify(event.body), now) as { id: number };
      for (const subscription of subscriptions) {
        this.#insertDelivery.run(row.id, subscription, now);
        matched.set(subscription, (matched.get(subscription) ?? 0) + 1);
      }
    }
    for (const [subscription, count] of matched)
      this.#database.prepare('UPDATE subscriptions SET matched = matched + ? WHERE id = ?').run(count, subscription);
  }

  /** The deliveries whose time has come, longest due first, without those that are under way. */
  due(args: { subscription: number; now: number; limit: number; underWay: Iterable<number> }): Delivery[] {
    const rows = this.#due.all(args.subscription, args.now, JSON.stringify([...args.underWay]), args.limit);
    return rows.map((row) => toDelivery(row as unknown as DeliveryRow));
  }

  /** When the next delivery after `now` falls due; undefined if none waits. */
  nextDue(subscription: number, now: number): number | undefined {
    return (this.#next.get(subscription, now) as { next_attempt: number } | undefined)?.next_attempt;
  }

  /** Ends deliveries; an event without open deliveries is forgotten. */
  end(subscription: number, deliveries: Delivery[], ending: Ending): void {
    let ended = 0;
    for (const { id, eventRow } of deliveries) {
      ended += Number(this.#database.prepare('DELETE FROM deliveries WHERE id = ?').run(id).changes);
      this.#database
        .prepare('DELETE FROM events WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event = ?)')
        .run(eventRow, eventRow);
    }
    this.#database.prepare(`UPDATE subscriptions SET ${ending} = ${ending} + ? WHERE id = ?`).run(ended, subscription);
  }

  /** Notes a failed attempt and when the next one (of delivery or of dead-lettering) is due. */
  reschedule(delivery: Delivery, nextAttempt: number): void {
    this.#database
      .prepare(
        `UPDATE deliveries SET attempts = ?, next_attempt = ?, last_attempt = ?, last_outcome = ?,
                dead_letter_reason = ?, dead_letter_since = ? WHERE id = ?`,
      )
      .run(
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
    const row = this.#database
      .prepare(
        `SELECT matched, delivered, dead_lettered AS deadLettered, dropped,
                (SELECT count(*) FROM deliveries WHERE subscription = s.id) AS pending,
                (SELECT count(*) FROM deliveries WHERE subscription = s.id AND attempts > 0) AS retrying
         FROM subscriptions s WHERE id = ?`,
      )
      .get(subscription);
    return { ...(row as unknown as DeliveryCounts) };
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
