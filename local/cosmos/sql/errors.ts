import { CosmosError } from '../errors.ts';

/** Character range in the query text, end exclusive. */
export interface Location {
  start: number;
  end: number;
}

/** Codes that the query engine of Cosmos DB gives. */
export const SQL_CODES = {
  syntax: 'SC1001',
  unresolved: 'SC2001',
  unknownFunction: 'SC2005',
  arguments: 'SC2050',
  selectAll: 'SC2040',
  aggregate: 'SC2104',
  grouping: 'SC2105',
  orderBy: 'SC2106',
  unsupported: 'SC2204',
  tooComplex: 'SC3032',
} as const;

/** A query that Cosmos DB, or this service, refuses: 400 with the place in the text. */
export class SqlError extends CosmosError {
  readonly location: Location;
  readonly sqlCode: string;

  constructor(sqlCode: string, message: string, location: Location) {
    super(message, { status: 400 });
    this.sqlCode = sqlCode;
    this.location = location;
  }

  override get detail(): string {
    const { start, end } = this.location;
    const error = { severity: 'Error', location: { start, end }, code: this.sqlCode, message: this.message };
    return `Message: ${JSON.stringify({ errors: [error] })}`;
  }
}

export function syntaxError(near: string, location: Location): SqlError {
  return new SqlError(SQL_CODES.syntax, `Syntax error, incorrect syntax near '${near}'.`, location);
}
