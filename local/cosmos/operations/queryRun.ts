import { setImmediate as nextTurn } from 'node:timers/promises';
import { CosmosError } from '../errors.ts';
import { textOf, type Json } from '../json.ts';
import type { Environment } from '../sql/environment.ts';
import { rowText, tooComplex } from '../sql/limits.ts';
import type { ContainerQuery } from '../sql/query.ts';
import { eachRow } from '../sql/select.ts';
import type { Container } from '../store/container.ts';
import type { QueryAccess } from './access.ts';
import type { ScanPosition } from './continuation.ts';
import { DocumentScan, type Cursor, type ScannedRow } from './documentScan.ts';
import type { ResultRow } from './resultCache.ts';

/** One page of a query while it is being made. */
export interface QueryRun {
  container: Container;
  query: ContainerQuery;
  access: QueryAccess;
  environment: Environment;
  /** How many documents are read first; those after them come in chunks. */
  firstChunk: number;
  /** Cosmos DB finds what the filter asks for in its index: it loads only documents that match. */
  filterIsIndexed: boolean;
  /** Documents that Cosmos DB would have loaded so far, and their bytes. */
  loadedDocuments: number;
  loadedBytes: number;
}

/** Where a later page goes on. */
export type Place = Pick<ScanPosition, 'cursor' | 'skip'>;

/** A row with its place; without a row it is a point at which others can have a turn, and some at which a page may end. */
export interface Found {
  row?: ResultRow;
  place: Place;
  isBetweenDocuments?: true;
}

export const CHUNK = 64;
/** Other requests get their turn after so many milliseconds of a long query. */
const TURN_MS = 15;
/** Combinations of joined values, and rows of subqueries, after which the clock is looked at. */
const STEPS_BETWEEN_LOOKS = 1000;
/** A document whose joined values have more combinations ends the query. */
const MAXIMUM_COMBINATIONS = 5_000_000;
/** Stands for the single row of a query without FROM. */
const NO_DOCUMENT: ScannedRow = { number: 0, partition: '', id: '', body: Buffer.from('null') };

/** Lets others have their turn when it is time, and ends a query whose client is gone. */
export class Turns {
  readonly #isGone: () => boolean;
  #since = performance.now();

  constructor(isGone: () => boolean) {
    this.#isGone = isGone;
  }

  get isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  async give(): Promise<void> {
    await nextTurn();
    if (this.#isGone()) throw new CosmosError('The client has closed the connection.', { status: 408 });
    this.#since = performance.now();
  }
}

/** Rows in the order of the scan from a place on, with a point for a turn after each document and in long ones. */
export function* foundRows(run: QueryRun, from: Place): Generator<Found> {
  let { skip } = from;
  for (const { document, before, after } of scannedDocuments(run, from.cursor)) {
    if (isPutOutUnread(run)) {
      run.loadedDocuments += 1;
      run.loadedBytes += document.body.length;
      if (skip === 0) yield { row: document.body, place: { cursor: before, skip: 0 } };
    } else {
      let row = 0;
      for (const matches of boundRows(run, document)) {
        if (!matches) {
          yield { place: { cursor: before, skip: Math.max(row, skip) } };
          continue;
        }
        const found = row < skip ? undefined : projected(run, document);
        if (found !== undefined) yield { row: found, place: { cursor: before, skip: row } };
        row += 1;
      }
    }
    skip = 0;
    yield { place: { cursor: after(), skip: 0 }, isBetweenDocuments: true };
  }
}

/** Documents of the query's access, each with the place before it and the one after it. */
export function* scannedDocuments(
  { container, query, access, firstChunk }: QueryRun,
  from: Cursor,
): Generator<{ document: ScannedRow; before: Cursor; after: () => Cursor }> {
  if (!query.readsDocuments) {
    if (from.segment === 0) yield { document: NO_DOCUMENT, before: from, after: () => ({ segment: 1 }) };
    return;
  }
  const scan = new DocumentScan(container, access, from);
  let before = from;
  for (let documents = scan.next(firstChunk); documents.length > 0; documents = scan.next(CHUNK)) {
    for (const document of documents) {
      yield { document, before, after: () => scan.after(document) };
      before = scan.after(document);
    }
  }
}

/** Binds a document and yields `true` for each of its rows, with the row in the environment; `false` now and then. */
export function* boundRows(run: QueryRun, { body }: ScannedRow): Generator<boolean> {
  const { environment, query } = run;
  environment.slots[query.root] = JSON.parse(textOf(body)) as Json;
  environment.work.rows = 0;
  let matched = !run.filterIsIndexed;
  let combinations = 0;
  let steps = 0;
  for (const matches of eachRow(query.plan, environment)) {
    if (matches) {
      matched = true;
      yield true;
    }
    steps += 1;
    if (steps + environment.work.rows > STEPS_BETWEEN_LOOKS) {
      combinations += steps;
      if (combinations > MAXIMUM_COMBINATIONS) {
        throw tooComplex(`a document has more than ${MAXIMUM_COMBINATIONS} combinations of joined values`);
      }
      environment.work.rows = 0;
      steps = 0;
      yield false;
    }
  }
  if (matched) {
    run.loadedDocuments += 1;
    run.loadedBytes += body.length;
  }
}

/** A whole document goes out as it is stored, unread when the filter needs no look at it. */
function isPutOutUnread({ query, access }: QueryRun): boolean {
  return query.givesDocuments && access.exact;
}

function projected({ query, environment }: QueryRun, document: ScannedRow): ResultRow | undefined {
  return query.givesDocuments ? document.body : rowText(query.plan.project(environment));
}
