import { setImmediate as nextTurn } from 'node:timers/promises';
import { textOf, type Json } from '../json.ts';
import type { Environment } from '../sql/environment.ts';
import type { ContainerQuery } from '../sql/query.ts';
import { forEachRow } from '../sql/select.ts';
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
  /** Bytes of the documents that Cosmos DB would have loaded so far. */
  loadedBytes: number;
}

/** A row with its place, from which a later page can go on. */
export interface FoundRow {
  row: ResultRow;
  place: Pick<ScanPosition, 'cursor' | 'skip'>;
}

export const CHUNK = 64;
/** Other requests get their turn after so many milliseconds of a long query. */
const TURN_MS = 15;
/** Stands for the single row of a query without FROM. */
const NO_DOCUMENT: ScannedRow = { number: 0, partition: '', id: '', body: Buffer.from('null') };

/** Rows in the order of the scan, from a place on. */
export async function* foundRows(run: QueryRun, from: FoundRow['place']): AsyncGenerator<FoundRow> {
  let skip = from.skip;
  for await (const { document, before } of scannedDocuments(run, from.cursor)) {
    const rows = rowsOf(run, document);
    for (let index = skip; index < rows.length; index += 1) {
      yield { row: rows[index] as ResultRow, place: { cursor: before, skip: index } };
    }
    skip = 0;
  }
}

/** Documents of the query's access, each with the place before it. Long scans let others have their turn. */
export async function* scannedDocuments(
  { container, query, access, firstChunk }: QueryRun,
  from: Cursor,
): AsyncGenerator<{ document: ScannedRow; before: Cursor }> {
  if (!query.readsDocuments) {
    yield { document: NO_DOCUMENT, before: from };
    return;
  }
  const scan = new DocumentScan(container, access, from);
  let before = from;
  let turn = performance.now();
  for (let documents = scan.next(firstChunk); documents.length > 0; documents = scan.next(CHUNK)) {
    for (const document of documents) {
      yield { document, before };
      before = scan.after(document);
    }
    if (performance.now() - turn > TURN_MS) {
      await nextTurn();
      turn = performance.now();
    }
  }
}

/** Visits the rows that a document gives, with the document in its place in the environment. */
export function forEachRowOf(run: QueryRun, { body }: ScannedRow, visit: () => void): void {
  run.environment.slots[run.query.root] = JSON.parse(textOf(body)) as Json;
  let matches = !run.filterIsIndexed;
  forEachRow(run.query.plan, run.environment, 0, () => {
    matches = true;
    visit();
  });
  if (matches) run.loadedBytes += body.length;
}

/** Rows of one document. A whole document goes out as it is stored, unread when the filter needs no look at it. */
function rowsOf(run: QueryRun, document: ScannedRow): ResultRow[] {
  const { query, access, environment } = run;
  const { plan } = query;
  if (query.givesDocuments && access.exact) {
    run.loadedBytes += document.body.length;
    return [document.body];
  }
  const rows: ResultRow[] = [];
  forEachRowOf(run, document, () => {
    if (query.givesDocuments) {
      rows.push(document.body);
      return;
    }
    const value = plan.project(environment);
    if (value !== undefined) rows.push(JSON.stringify(value));
  });
  return rows;
}
