import type { DatabaseSync } from 'node:sqlite';
import type { SubscriptionDefinition, TopicDefinition } from '../model.ts';

export interface StoredTopic {
  definition: TopicDefinition;
  /** Events accepted so far. */
  published: number;
}

export interface StoredSubscription {
  id: number;
  definition: SubscriptionDefinition;
  /** The destination has proved that it wants the events (or needs no proof). */
  validated: boolean;
  /** What the destination allowed in its handshake; undefined for any number. */
  requestsPerMinute?: number;
}

interface SubscriptionRow {
  id: number;
  definition: string;
  validated: number;
  allowed_rate: number | null;
}

/** Topics and subscriptions on disk. Names are compared without case, as in ARM. */
export class DefinitionStore {
  readonly #database: DatabaseSync;

  constructor(args: { database: DatabaseSync }) {
    this.#database = args.database;
  }

  topics(): StoredTopic[] {
    const rows = this.#database.prepare('SELECT definition, published FROM topics ORDER BY name').all();
    return rows.map((row) => ({
      definition: JSON.parse(row.definition as string) as TopicDefinition,
      published: row.published as number,
    }));
  }

  putTopic(topic: TopicDefinition): void {
    this.#database
      .prepare(
        'INSERT INTO topics (name, definition) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition',
      )
      .run(topic.name, JSON.stringify(topic));
  }

  /** Removes the topic with its subscriptions and everything that was still to deliver. */
  deleteTopic(name: string): boolean {
    return this.#database.prepare('DELETE FROM topics WHERE name = ?').run(name).changes > 0;
  }

  subscriptions(): StoredSubscription[] {
    const rows = this.#database
      .prepare('SELECT id, definition, validated, allowed_rate FROM subscriptions ORDER BY id')
      .all();
    return rows.map((row) => toSubscription(row as unknown as SubscriptionRow));
  }

  /** Creates or changes a subscription; what it still has to deliver stays. */
  putSubscription(definition: SubscriptionDefinition, validated: boolean): StoredSubscription {
    const row = this.#database
      .prepare(
        `INSERT INTO subscriptions (topic, name, definition, validated) VALUES (?, ?, ?, ?)
         ON CONFLICT (topic, name) DO UPDATE
         SET definition = excluded.definition, validated = excluded.validated, allowed_rate = NULL
         RETURNING id, definition, validated, allowed_rate`,
      )
      .get(definition.topic, definition.name, JSON.stringify(definition), validated ? 1 : 0);
    return toSubscription(row as unknown as SubscriptionRow);
  }

  setValidated(id: number, requestsPerMinute: number | undefined): void {
    this.#database
      .prepare('UPDATE subscriptions SET validated = 1, allowed_rate = ? WHERE id = ?')
      .run(requestsPerMinute ?? null, id);
  }

  /** Removes the subscription with everything that it still had to deliver. */
  deleteSubscription(id: number): void {
    this.#database.prepare('DELETE FROM subscriptions WHERE id = ?').run(id);
    this.#database.exec('DELETE FROM events WHERE id NOT IN (SELECT event FROM deliveries)');
  }
}

function toSubscription(row: SubscriptionRow): StoredSubscription {
  return {
    id: row.id,
    definition: JSON.parse(row.definition) as SubscriptionDefinition,
    validated: row.validated === 1,
    ...(row.allowed_rate !== null && { requestsPerMinute: row.allowed_rate }),
  };
}
