import type { Json, Value } from '../json.ts';
import { SQL_CODES, SqlError, type Location } from './errors.ts';

/** Rows that the subqueries of one expression may go through before the query is refused; others wait meanwhile. */
const MAXIMUM_WORK = 500_000;
/** Nothing larger fits into an answer of Cosmos DB. */
export const MAXIMUM_RESULT_BYTES = 4 * 1024 * 1024;
/** Elements of an array that a function makes. */
export const MAXIMUM_ELEMENTS = 1_000_000;
/** Of a whole query that has to be collected before its first row is put out. */
export const MAXIMUM_COLLECTED_BYTES = 128 * 1024 * 1024;

const WHOLE_QUERY: Location = { start: 0, end: 0 };

/** Counts what an expression has done since somebody else had a turn. */
export interface Work {
  rows: number;
}

/** Refuses a query for the work that one document makes. */
export function countRow(work: Work): void {
  work.rows += 1;
  if (work.rows > MAXIMUM_WORK) {
    throw tooComplex(`the subqueries of one row go through more than ${MAXIMUM_WORK} rows`);
  }
}

export function tooComplex(reason: string): SqlError {
  return new SqlError(SQL_CODES.tooComplex, `The query is too complex for the local service: ${reason}.`, WHOLE_QUERY);
}

/** A text that a function has put together. */
export function limitedText(length: number, make: () => string): string {
  if (length > MAXIMUM_RESULT_BYTES) throw tooComplex(`it makes a text of ${length} characters`);
  return make();
}

/** The JSON of a row; refused before it is made when it would be too large, because a row can repeat its document. */
export function rowText(value: Value): string | undefined {
  if (typeof value === 'object' && value !== null && roughSize(value, MAXIMUM_RESULT_BYTES) < 0) {
    throw tooComplex(`a row is larger than ${MAXIMUM_RESULT_BYTES} bytes`);
  }
  return JSON.stringify(value) as string | undefined;
}

/** What is left of a number of bytes after the JSON of a value, as far as it is known without making it. */
function roughSize(value: Json, left: number): number {
  if (left < 0) return left;
  if (typeof value === 'string') return left - value.length;
  if (typeof value !== 'object' || value === null) return left - 1;
  let rest = left - 2;
  if (Array.isArray(value)) {
    for (const element of value) {
      rest = roughSize(element, rest - 1);
      if (rest < 0) return rest;
    }
    return rest;
  }
  for (const name in value) {
    rest = roughSize(value[name] as Json, rest - name.length - 4);
    if (rest < 0) return rest;
  }
  return rest;
}
