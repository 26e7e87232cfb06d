import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { badRequest, conflict } from '../errors.ts';
import { isObject, valueAt, type JsonObject } from '../json.ts';
import { splitPath } from '../partitionKey.ts';

/** `{uniqueKeys: [{paths: ['/email']}]}`: per partition, each combination of the values of a key's paths occurs once. */
export interface UniqueKeyPolicy {
  uniqueKeys: { paths: string[] }[];
}

const MAXIMUM_KEYS = 10;
const MAXIMUM_PATHS = 16;

export function uniqueKeyPolicy(input: unknown): UniqueKeyPolicy {
  const keys = isObject(input) ? (input.uniqueKeys ?? []) : undefined;
  if (!Array.isArray(keys))
    throw badRequest('The unique key policy must have the form {"uniqueKeys": [{"paths": ["/path"]}]}.');
  if (keys.length > MAXIMUM_KEYS) {
    throw badRequest(`The unique key policy has ${keys.length} unique keys: at most ${MAXIMUM_KEYS} are allowed.`);
  }
  const uniqueKeys = keys.map((key) => {
    const paths = isObject(key) ? key.paths : undefined;
    const valid =
      Array.isArray(paths) && paths.length > 0 && paths.every((path) => typeof path === 'string' && /^\/./.test(path));
    if (!valid) throw badRequest('Each unique key needs "paths", an array of paths that start with "/".');
    if (paths.length > MAXIMUM_PATHS) {
      throw badRequest(`A unique key has ${paths.length} paths: at most ${MAXIMUM_PATHS} are allowed.`);
    }
    return { paths: paths as string[] };
  });
  return { uniqueKeys };
}

/** Keeps the values of a container's unique keys. A missing property counts as null. */
export class UniqueKeyTable {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #keys: string[][][];
  #statements: { find: StatementSync; add: StatementSync; remove: StatementSync } | undefined;

  constructor(database: DatabaseSync, container: number, policy: UniqueKeyPolicy) {
    this.#database = database;
    this.#name = `unique_${container}`;
    this.#keys = policy.uniqueKeys.map((key) => key.paths.map(splitPath));
  }

  create(): void {
    this.#database.exec(`
      CREATE TABLE ${this.#name} (value TEXT PRIMARY KEY, document INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX ${this.#name}_document ON ${this.#name} (document);`);
  }

  drop(): void {
    this.#statements = undefined;
    this.#database.exec(`DROP TABLE ${this.#name}`);
  }

  /** The values a document takes; 409 when another document of the partition that has not ended has one of them. */
  claim(
    partition: string,
    document: JsonObject,
    { number, hasEnded }: { number: number | undefined; hasEnded: (number: number) => boolean },
  ): string[] {
    const { find } = this.#prepared();
    return this.#keys.map((paths, index) => {
      const values = paths.map((path) => valueAt(document, path) ?? null);
      const value = JSON.stringify([index, partition, values]);
      const owner = find.get(value) as { document: number } | undefined;
      if (owner && owner.document !== number) {
        if (!hasEnded(owner.document)) throw conflict('Unique index constraint violation.');
        this.release(owner.document);
      }
      return value;
    });
  }

  store(number: number, values: string[]): void {
    const { add } = this.#prepared();
    this.release(number);
    for (const value of values) add.run(value, number);
  }

  release(number: number): void {
    this.#prepared().remove.run(number);
  }

  #prepared(): { find: StatementSync; add: StatementSync; remove: StatementSync } {
    this.#statements ??= {
      find: this.#database.prepare(`SELECT document FROM ${this.#name} WHERE value = ?`),
      add: this.#database.prepare(`INSERT INTO ${this.#name} (value, document) VALUES (?, ?)`),
      remove: this.#database.prepare(`DELETE FROM ${this.#name} WHERE document = ?`),
    };
    return this.#statements;
  }
}
