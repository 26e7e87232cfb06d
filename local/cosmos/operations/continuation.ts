import { hash } from 'node:crypto';
import { badRequest } from '../errors.ts';
import type { Cursor } from './documentScan.ts';

/** Where the next page of a query goes on whose rows are put out as they are found. */
export interface ScanPosition {
  cursor: Cursor;
  /** Rows of the next document that earlier pages put out already (a JOIN gives several per document). */
  skip: number;
  /** Rows that OFFSET has still to pass over and that TOP or LIMIT still allows. */
  offset: number;
  take: number;
}

/** The same for a query whose rows have to be collected first. */
export interface ResultPosition {
  collected: string;
  from: number;
}

/** The identity of a query: a token goes on with the query that it came from and no other. */
export function queryIdentity(text: string, parameters: unknown, partition: string | undefined): string {
  return hash('sha1', JSON.stringify([text, parameters, partition]), 'base64url').slice(0, 10);
}

export function encodePosition(identity: string, position: ScanPosition | ResultPosition): string {
  return Buffer.from(JSON.stringify({ query: identity, ...position })).toString('base64url');
}

/** Reads a token of `encodePosition`; 400 for anything else and for a token of another query. */
export function decodeScanPosition(identity: string, token: string | undefined): ScanPosition | undefined {
  return token === undefined ? undefined : decode(identity, token, isScanPosition);
}

export function decodeResultPosition(identity: string, token: string | undefined): ResultPosition | undefined {
  return token === undefined ? undefined : decode(identity, token, isResultPosition);
}

function decode<T>(identity: string, token: string, isPosition: (value: object) => value is T & object): T {
  const value = parse(token);
  if (
    typeof value !== 'object' ||
    value === null ||
    !('query' in value) ||
    value.query !== identity ||
    !isPosition(value)
  ) {
    throw badRequest('The continuation token is malformed or belongs to another query: pass it as it was received.');
  }
  return value;
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function isResultPosition(value: object): value is ResultPosition {
  return 'collected' in value && typeof value.collected === 'string' && 'from' in value && isCount(value.from);
}

function isScanPosition(value: object): value is ScanPosition {
  const { cursor, skip, offset, take } = value as Record<keyof ScanPosition, unknown>;
  return isCursor(cursor) && [skip, offset, take].every(isCount);
}

function isCursor(value: unknown): value is Cursor {
  if (typeof value !== 'object' || value === null || !('segment' in value) || !isCount(value.segment)) return false;
  if (!('after' in value)) return true;
  const { after } = value;
  return (
    Array.isArray(after) &&
    after.length > 0 &&
    after.length <= 2 &&
    after.every((part) => typeof part === 'string' || typeof part === 'number')
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
