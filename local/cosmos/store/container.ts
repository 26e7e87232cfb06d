import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { IndexTree } from '../indexTree.ts';
import type { JsonObject } from '../json.ts';
import { PartitionKeyReader, type PartitionKey } from '../partitionKey.ts';
import type { ContainerDefinition } from './containerDefinition.ts';
import { DocumentTable, type StoredVersion } from './documentTable.ts';
import { storedBytes, type DocumentInput } from './documentText.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import type { PartitionLimit } from './partitionLimit.ts';
import { containerRid, databaseRid, documentRids, entityTag } from './resourceIds.ts';
import { UniqueKeyTable } from './uniqueKeys.ts';

const SEQUENCE_BLOCK = 10_000;
/** Each of a hundred operations may clear an ended document away before it writes. */
const SEQUENCES_OF_A_BATCH = 200;

/** What all containers of a service share. */
export interface StoreContext {
  database: DatabaseSync;
  group: GroupCommit;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Absent: partitions have no limit. */
  partitionLimit?: PartitionLimit;
}

export interface ContainerIdentity {
  /** Of the database that it is in. */
  databaseNumber: number;
  databaseId: string;
  number: number;
}

/** A version that has just been written. */
export interface WrittenVersion {
  etag: string;
  body: Buffer;
  sequence: number;
}

/** A container and its documents. Writes join the group that is committed at the end of the turn. */
export class Container {
  readonly identity: ContainerIdentity;
  readonly rid: string;
  /** `dbs/<rid>/colls/<rid>/`. */
  readonly self: string;
  /** `dbs/<id>/colls/<id>`, percent-encoded. */
  readonly path: string;
  readonly table: DocumentTable;
  readonly uniqueKeys: UniqueKeyTable | undefined;
  readonly partitionKey: PartitionKeyReader;
  definition: ContainerDefinition;
  /** The paths of the indexing policy. */
  index: IndexTree;
  version: number;
  seconds: number;
  /** Number of the latest change (`lsn`). */
  sequence: number;
  readonly #context: StoreContext;
  readonly #documentRid: (document: number) => string;
  readonly #reserve: StatementSync;
  #lastDocument: number;
  /** Sequence numbers up to this one are never given again, whatever happens. */
  #reserved: number;

  constructor(
    context: StoreContext,
    identity: ContainerIdentity,
    stored: { definition: ContainerDefinition; version: number; seconds: number; sequence: number; isNew: boolean },
  ) {
    const { databaseNumber, databaseId, number } = identity;
    this.#context = context;
    this.identity = identity;
    this.definition = stored.definition;
    this.index = new IndexTree(stored.definition.indexingPolicy);
    this.version = stored.version;
    this.seconds = stored.seconds;
    this.rid = containerRid(databaseNumber, number);
    this.self = `dbs/${databaseRid(databaseNumber)}/colls/${this.rid}/`;
    this.path = encodeURI(`dbs/${databaseId}/colls/${stored.definition.id}`);
    this.partitionKey = new PartitionKeyReader(stored.definition.partitionKey);
    this.table = new DocumentTable(context.database, number);
    const { uniqueKeyPolicy } = stored.definition;
    if (uniqueKeyPolicy.uniqueKeys.length > 0) {
      this.uniqueKeys = new UniqueKeyTable(context.database, number, uniqueKeyPolicy);
    }
    if (stored.isNew) {
      this.table.create();
      this.uniqueKeys?.create();
    }
    this.#lastDocument = this.table.highestNumber();
    this.sequence = stored.sequence;
    this.#reserved = stored.sequence;
    this.#documentRid = documentRids(databaseNumber, number);
    this.#reserve = context.database.prepare('UPDATE containers SET sequence = ? WHERE number = ?');
  }

  get id(): string {
    return this.definition.id;
  }

  get etag(): string {
    return entityTag(this.version, this.seconds);
  }

  get nowSeconds(): number {
    return Math.floor(this.#context.now() / 1000);
  }

  /** Takes a changed definition, which the caller has stored. */
  redefine(definition: ContainerDefinition, seconds: number): void {
    this.definition = definition;
    this.index = new IndexTree(definition.indexingPolicy);
    this.version += 1;
    this.seconds = seconds;
  }

  /** The version to be overwritten. A document whose time has come is cleared away first. */
  find(key: PartitionKey, id: string): StoredVersion | undefined {
    const found = this.table.find(key.text, id);
    if (!found || !this.#hasEnded(found)) return found;
    this.remove(found);
    return undefined;
  }

  read(key: PartitionKey, id: string): (StoredVersion & { body: Uint8Array }) | undefined {
    const found = this.table.read(key.text, id);
    return found && !this.#hasEnded(found) ? found : undefined;
  }

  /** Stores a document under its id: the next version of `previous`, or a new one. 409 for a unique key that is taken. */
  write(key: PartitionKey, input: DocumentInput, previous: StoredVersion | undefined): WrittenVersion {
    const sequence = this.#nextSequence();
    return this.#context.group.write(() => {
      const claimed = this.uniqueKeys?.claim(key.text, input.document, {
        number: previous?.number,
        hasEnded: (number) => this.table.hasEnded(number, this.nowSeconds),
      });
      const number = previous?.number ?? ++this.#lastDocument;
      const seconds = this.nowSeconds;
      const etag = entityTag(sequence, seconds);
      const rid = this.#documentRid(number);
      const body = storedBytes(input, { rid, self: `${this.self}docs/${rid}/`, etag, seconds });
      this.#context.partitionLimit?.require(this.table, key.text, body.length - (previous?.bytes ?? 0));
      const ttl = ownTtl(input.document);
      const values = { sequence, seconds, ttl, expires: this.#expiry(ttl, seconds), body };
      if (previous) this.table.update(number, values);
      else this.table.insert(number, key.text, input.document.id as string, values);
      if (claimed) this.uniqueKeys?.store(number, claimed);
      return { etag, body, sequence };
    });
  }

  remove(version: Pick<StoredVersion, 'number'>): void {
    this.removeAll([version.number]);
  }

  removeAll(numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    this.#nextSequence();
    this.#context.group.write(() => {
      for (const number of numbers) {
        this.table.delete(number);
        this.uniqueKeys?.release(number);
      }
    });
  }

  /** Runs several operations, at most a hundred, that are kept together or not at all. */
  atomically<T>(action: () => T): T {
    // Not in the middle of it: a reservation commits what is open.
    this.#reserveSequences(SEQUENCES_OF_A_BATCH);
    return this.#context.group.atomically(action);
  }

  /** Clears away documents whose time has come, at most `limit`; returns how many. */
  purge(limit: number): number {
    if (this.definition.defaultTtl === undefined) return 0;
    const ended = this.table.expired(this.nowSeconds, limit);
    this.removeAll(ended);
    return ended.length;
  }

  /**
   * Numbers are reserved in blocks, in a transaction of their own: a reader of the change feed may have seen any that
   * was given, so none is given twice, not after a deletion, a rollback or a crash.
   */
  #reserveSequences(count: number): void {
    if (this.sequence + count <= this.#reserved) return;
    const reserved = this.sequence + SEQUENCE_BLOCK;
    this.#context.group.alone(() => this.#reserve.run(reserved, this.identity.number));
    this.#reserved = reserved;
  }

  #nextSequence(): number {
    this.#reserveSequences(1);
    this.sequence += 1;
    return this.sequence;
  }

  #expiry(ttl: number | null, seconds: number): number | null {
    const { defaultTtl } = this.definition;
    if (defaultTtl === undefined) return null;
    const effective = ttl ?? defaultTtl;
    return effective > 0 ? seconds + effective : null;
  }

  #hasEnded({ expires }: StoredVersion): boolean {
    return expires !== null && expires <= this.nowSeconds;
  }
}

/** Without a default in the container a `ttl` is a property like any other and may be anything. */
function ownTtl({ ttl }: JsonObject): number | null {
  return typeof ttl === 'number' && Number.isSafeInteger(ttl) ? ttl : null;
}
