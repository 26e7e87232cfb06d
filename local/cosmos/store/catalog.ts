import type { DatabaseSync } from 'node:sqlite';
import { badRequest, conflict, notFound, ownerNotFound, tooManyRequests } from '../errors.ts';
import { isObject, type Json } from '../json.ts';
import type { RequestUnitBudget } from '../requestUnits.ts';
import { Container, type StoreContext } from './container.ts';
import { containerDefinition, definitionJson, resourceId, type ContainerDefinition } from './containerDefinition.ts';
import { Offers, type Throughput } from './offers.ts';
import { databaseRid, entityTag } from './resourceIds.ts';

/** A database and its containers by id. */
export interface Database {
  number: number;
  id: string;
  rid: string;
  /** `dbs/<rid>/`. */
  self: string;
  etag: string;
  seconds: number;
  containers: Map<string, Container>;
}

interface ContainerRecord {
  number: number;
  id: string;
  definition: string;
  version: number;
  seconds: number;
  sequence: number;
}

/** Databases, containers and offers. Every change of them is committed before it returns. */
export class Catalog {
  readonly databases = new Map<string, Database>();
  readonly offers: Offers;
  readonly #context: StoreContext;
  readonly #sqlite: DatabaseSync;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#sqlite = context.database;
    this.offers = new Offers(context);
    this.#load();
  }

  /** All containers of all databases. */
  *containers(): Generator<Container> {
    for (const database of this.databases.values()) yield* database.containers.values();
  }

  database(id: string): Database {
    const database = this.databases.get(id);
    if (!database) throw notFound();
    return database;
  }

  /** The container that an item request addresses; 404/1003 when it or its database is missing. */
  container(databaseId: string, id: string): Container {
    const container = this.databases.get(databaseId)?.containers.get(id);
    if (!container) throw ownerNotFound(`dbs/${databaseId}/colls/${id}`);
    return container;
  }

  /** The throughput that pays for operations on a container, if any was declared; 429 when it is used up. */
  admit(container: Container): RequestUnitBudget | undefined {
    const budget = this.offers.budget(container, this.database(container.identity.databaseId));
    const wait = budget?.wait() ?? 0;
    if (wait > 0) throw tooManyRequests(wait);
    return budget;
  }

  createDatabase(input: Json, throughput?: Throughput): Database {
    if (!isObject(input)) throw badRequest('A database definition must be a JSON object.');
    const id = resourceId(input.id);
    if (this.databases.has(id)) throw conflict();
    const seconds = this.#seconds();
    const database = this.#context.group.alone(() => {
      const { lastInsertRowid } = this.#sqlite
        .prepare('INSERT INTO databases (id, seconds) VALUES (?, ?)')
        .run(id, seconds);
      const created = describeDatabase(Number(lastInsertRowid), id, seconds);
      if (throughput) this.offers.put(created, throughput);
      return created;
    });
    this.databases.set(id, database);
    return database;
  }

  deleteDatabase(id: string): void {
    const database = this.database(id);
    for (const container of database.containers.values()) this.deleteContainer(id, container.id);
    this.#context.group.alone(() => {
      this.offers.delete(database);
      this.#sqlite.prepare('DELETE FROM databases WHERE number = ?').run(database.number);
    });
    this.databases.delete(id);
  }

  createContainer(databaseId: string, input: Json, throughput?: Throughput): Container {
    const database = this.databases.get(databaseId);
    if (!database) throw ownerNotFound(`dbs/${databaseId}`);
    const definition = containerDefinition(input);
    if (database.containers.has(definition.id)) throw conflict();
    const seconds = this.#seconds();
    const container = this.#context.group.alone(() => {
      const { lastInsertRowid } = this.#sqlite
        .prepare(
          'INSERT INTO containers (database, id, definition, version, seconds, sequence) VALUES (?, ?, ?, 1, ?, 0)',
        )
        .run(database.number, definition.id, JSON.stringify(definitionJson(definition)), seconds);
      const identity = { databaseNumber: database.number, databaseId, number: Number(lastInsertRowid) };
      const stored = { definition, version: 1, seconds, sequence: 0, isNew: true };
      const created = new Container(this.#context, identity, stored);
      if (throughput) this.offers.put(created, throughput);
      return created;
    });
    database.containers.set(definition.id, container);
    return container;
  }

  /** Replaces what may change: time to live, indexing and the other policies. The documents stay. */
  replaceContainer(container: Container, input: Json): Container {
    const definition = containerDefinition(input);
    requireUnchanged(container.definition, definition);
    const seconds = this.#seconds();
    this.#context.group.alone(() => {
      this.#sqlite
        .prepare('UPDATE containers SET definition = ?, version = ?, seconds = ? WHERE number = ?')
        .run(JSON.stringify(definitionJson(definition)), container.version + 1, seconds, container.identity.number);
      if (definition.defaultTtl !== container.definition.defaultTtl) container.table.resetExpiry(definition.defaultTtl);
    });
    container.definition = definition;
    container.version += 1;
    container.seconds = seconds;
    return container;
  }

  setThroughput(container: Container, throughput: Throughput): void {
    this.#context.group.alone(() => this.offers.put(container, throughput));
  }

  deleteContainer(databaseId: string, id: string): void {
    const container = this.containerItself(databaseId, id);
    this.#context.group.alone(() => {
      container.table.drop();
      container.uniqueKeys?.drop();
      this.offers.delete(container);
      this.#sqlite.prepare('DELETE FROM containers WHERE number = ?').run(container.identity.number);
    });
    container.table.close();
    this.databases.get(databaseId)?.containers.delete(id);
  }

  /** A container as the resource that is asked for: 404 when it is missing, 404/1003 when its database is. */
  containerItself(databaseId: string, id: string): Container {
    const database = this.databases.get(databaseId);
    if (!database) throw ownerNotFound(`dbs/${databaseId}`);
    const container = database.containers.get(id);
    if (!container) throw notFound();
    return container;
  }

  #seconds(): number {
    return Math.floor(this.#context.now() / 1000);
  }

  #load(): void {
    const databases = this.#sqlite.prepare('SELECT number, id, seconds FROM databases ORDER BY number').all();
    for (const { number, id, seconds } of databases as { number: number; id: string; seconds: number }[]) {
      const database = describeDatabase(number, id, seconds);
      this.databases.set(id, database);
      const containers = this.#sqlite
        .prepare('SELECT * FROM containers WHERE database = ? ORDER BY number')
        .all(number);
      for (const record of containers as unknown as ContainerRecord[]) {
        const identity = { databaseNumber: number, databaseId: id, number: record.number };
        const definition = containerDefinition(JSON.parse(record.definition) as Json);
        const container = new Container(this.#context, identity, { ...record, definition, isNew: false });
        database.containers.set(record.id, container);
      }
    }
    this.offers.load(this.databases.values());
  }
}

function describeDatabase(number: number, id: string, seconds: number): Database {
  const rid = databaseRid(number);
  return { number, id, rid, self: `dbs/${rid}/`, etag: entityTag(1, seconds), seconds, containers: new Map() };
}

function requireUnchanged(before: ContainerDefinition, after: ContainerDefinition): void {
  if (after.id !== before.id) throw badRequest('The id of a container cannot be changed.');
  for (const member of ['partitionKey', 'uniqueKeyPolicy'] as const) {
    if (JSON.stringify(before[member]) !== JSON.stringify(after[member])) {
      throw badRequest(
        `The ${member === 'partitionKey' ? 'partition key definition' : 'unique key policy'} of container "${before.id}" ` +
          `cannot be changed from ${JSON.stringify(before[member])} to ${JSON.stringify(after[member])}: ` +
          'make a container of another name, or delete this one.',
      );
    }
  }
}
