import type { DatabaseSync } from 'node:sqlite';
import { badRequest, conflict, notFound, ownerNotFound, type CosmosError } from '../errors.ts';
import { isObject, type Json } from '../json.ts';
import { Container, type StoreContext } from './container.ts';
import { containerDefinition, definitionJson, resourceId, type ContainerDefinition } from './containerDefinition.ts';
import { Offers } from './offers.ts';
import { databaseRid, entityTag } from './resourceIds.ts';
import { DEFAULT_THROUGHPUT, type Throughput } from './throughput.ts';

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

/** Containers that may live from the throughput of their database. */
const MAXIMUM_SHARING = 25;

/** Databases, containers and offers. Every change of them is committed before it returns. */
export class Catalog {
  readonly databases = new Map<string, Database>();
  readonly offers: Offers;
  /** A serverless account: nothing has a throughput of its own. */
  readonly serverless: boolean;
  readonly #context: StoreContext;
  readonly #sqlite: DatabaseSync;

  constructor(context: StoreContext, { serverless = false } = {}) {
    this.#context = context;
    this.serverless = serverless;
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

  createDatabase(input: Json, throughput?: Throughput): Database {
    if (!isObject(input)) throw badRequest('A database definition must be a JSON object.');
    const id = resourceId(input.id);
    if (this.serverless && throughput) throw noThroughput('database');
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
    const granted = this.#throughputFor(database, throughput);
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
      if (granted) this.offers.put(created, granted);
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
    container.redefine(definition, seconds);
    return container;
  }

  setThroughput(owner: Database | Container, throughput: Throughput): void {
    if (this.serverless) throw noThroughput('containers' in owner ? 'database' : 'container');
    this.#context.group.alone(() => this.offers.put(owner, throughput));
  }

  /** What a new container gets for its own: nothing where it shares that of its database. */
  #throughputFor(database: Database, wanted: Throughput | undefined): Throughput | undefined {
    if (this.serverless) {
      if (wanted) throw noThroughput('container');
      return undefined;
    }
    if (wanted || !this.offers.of(database)) return wanted ?? DEFAULT_THROUGHPUT;
    const sharing = [...database.containers.values()].filter((container) => !this.offers.of(container)).length;
    if (sharing >= MAXIMUM_SHARING) {
      throw badRequest(
        `The database "${database.id}" shares its throughput among ${MAXIMUM_SHARING} containers, which is the most: give the ` +
          'new container a throughput of its own.',
      );
    }
    return undefined;
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

function noThroughput(kind: 'database' | 'container'): CosmosError {
  return badRequest(`Setting offer throughput or autopilot on ${kind} is not supported for serverless accounts.`);
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
