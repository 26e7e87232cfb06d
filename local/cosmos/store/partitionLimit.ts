import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CosmosError, SUBSTATUS } from '../errors.ts';
import type { DocumentTable } from './documentTable.ts';

/** What Cosmos DB stores under one partition key at most. */
export const LOGICAL_PARTITION_BYTES = 20 * 1024 ** 3;
/** The size of the file is looked at again after so many writes. */
const WRITES_BETWEEN_LOOKS = 256;

/**
 * Refuses writes that would make a logical partition too large. The sizes of partitions are looked at only once all data
 * together is as large as one may be.
 */
export class PartitionLimit {
  readonly #limit: number;
  readonly #pages: StatementSync;
  readonly #pageBytes: number;
  #isNear: boolean;
  #writes = 0;

  constructor(database: DatabaseSync, limit: number) {
    this.#limit = limit;
    this.#pages = database.prepare('PRAGMA page_count');
    this.#pageBytes = Number(Object.values(database.prepare('PRAGMA page_size').get() ?? {})[0]);
    this.#isNear = this.#isFileLarge();
  }

  /** 403 with substatus 1014 when a partition that grows by so many bytes would be too large. */
  require(table: DocumentTable, partition: string, growth: number): void {
    this.#writes += 1;
    if (this.#writes % WRITES_BETWEEN_LOOKS === 0) this.#isNear = this.#isFileLarge();
    if (!this.#isNear || growth <= 0 || table.bytesOf(partition) + growth <= this.#limit) return;
    throw new CosmosError(
      `Partition key reached maximum size of ${Math.round(this.#limit / 1024 ** 3)} GB. Learn more: ` +
        'https://aka.ms/CosmosDB/sql/errors/full-pk',
      { status: 403, substatus: SUBSTATUS.partitionFull },
    );
  }

  #isFileLarge(): boolean {
    return Number(Object.values(this.#pages.get() ?? {})[0]) * this.#pageBytes > this.#limit;
  }
}
