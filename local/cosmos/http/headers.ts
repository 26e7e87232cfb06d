import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from '../errors.ts';
import { property, type Json } from '../json.ts';
import type { PartitionKey, PartitionKeyReader } from '../partitionKey.ts';
import { throughput, type Throughput } from '../store/throughput.ts';

export const DEFAULT_PAGE_SIZE = 100;

const CONSISTENCY_LEVELS = ['Strong', 'BoundedStaleness', 'Session', 'ConsistentPrefix', 'Eventual'];

/** One value of a header; of a repeated one the first. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function isTrue(headers: IncomingHttpHeaders, name: string): boolean {
  return header(headers, name)?.toLowerCase() === 'true';
}

/** `x-ms-max-item-count`: rows per page; -1 leaves it to the service. */
export function pageSize(headers: IncomingHttpHeaders): number {
  const text = header(headers, 'x-ms-max-item-count');
  if (text === undefined) return DEFAULT_PAGE_SIZE;
  const value = Number(text);
  if (!Number.isInteger(value) || value < -1 || value === 0) {
    throw badRequest(`The header x-ms-max-item-count must be -1 or a positive integer: "${text}".`);
  }
  // A page also ends at its largest size in bytes.
  return value === -1 ? Number.MAX_SAFE_INTEGER : value;
}

/** `x-ms-documentdb-partitionkey`. */
export function partitionKeyHeader(
  headers: IncomingHttpHeaders,
  reader: PartitionKeyReader,
  options?: { prefix: boolean },
): PartitionKey | undefined {
  const text = header(headers, 'x-ms-documentdb-partitionkey');
  return text === undefined ? undefined : reader.parse(text, options);
}

/** The partition key of an operation on one item. */
export function requiredPartitionKey(headers: IncomingHttpHeaders, reader: PartitionKeyReader): PartitionKey {
  const key = partitionKeyHeader(headers, reader);
  if (!key)
    throw badRequest('PartitionKey value must be supplied for this operation: header x-ms-documentdb-partitionkey.');
  return key;
}

export function preconditions(headers: IncomingHttpHeaders): { ifMatch?: string; ifNoneMatch?: string } {
  return { ifMatch: header(headers, 'if-match'), ifNoneMatch: header(headers, 'if-none-match') };
}

/** `if-modified-since` as seconds since 1970. */
export function modifiedSince(headers: IncomingHttpHeaders): number | undefined {
  const text = header(headers, 'if-modified-since');
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw badRequest(`The header if-modified-since must be a date: "${text}".`);
  return Math.floor(milliseconds / 1000);
}

/** `x-ms-start-epk` and `x-ms-end-epk`: a part of the hash space. */
export function hashRange(headers: IncomingHttpHeaders): { min: string; max: string } | undefined {
  const [min, max] = [header(headers, 'x-ms-start-epk'), header(headers, 'x-ms-end-epk')];
  if (min === undefined && max === undefined) return undefined;
  if (![min, max].every((bound) => bound !== undefined && /^[0-9A-F]*$/i.test(bound))) {
    throw badRequest('The headers x-ms-start-epk and x-ms-end-epk must both be given, in hex digits.');
  }
  return { min: (min as string).toUpperCase(), max: (max as string).toUpperCase() };
}

/** `x-ms-offer-throughput` or `x-ms-cosmos-offer-autopilot-settings`. */
export function throughputHeaders(headers: IncomingHttpHeaders): Throughput | undefined {
  const fixed = header(headers, 'x-ms-offer-throughput');
  if (fixed !== undefined) return throughput(Number(fixed), false);
  const autoscale = header(headers, 'x-ms-cosmos-offer-autopilot-settings');
  if (autoscale === undefined) return undefined;
  try {
    return throughput(property(JSON.parse(autoscale) as Json, 'maxThroughput'), true);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest('The header x-ms-cosmos-offer-autopilot-settings must have the form {"maxThroughput": 4000}.');
  }
}

/** A request may ask for the account's consistency or a weaker one; a session token must have its form. */
export function checkConsistency(headers: IncomingHttpHeaders, account: string): void {
  const level = header(headers, 'x-ms-consistency-level');
  if (level !== undefined) {
    const asked = CONSISTENCY_LEVELS.indexOf(level);
    if (asked < 0)
      throw badRequest(
        `The header x-ms-consistency-level must be one of ${CONSISTENCY_LEVELS.join(', ')}: "${level}".`,
      );
    if (asked < CONSISTENCY_LEVELS.indexOf(account)) {
      throw badRequest(
        `ConsistencyLevel ${level} specified in the request is invalid when service is configured with consistency level ` +
          `${account}. Ensure the request consistency level is not stronger than the service consistency level.`,
      );
    }
  }
  const token = header(headers, 'x-ms-session-token');
  if (token !== undefined && !/^(?:\w+:[-\d#=|.]+)(?:,\w+:[-\d#=|.]+)*$/.test(token)) {
    throw badRequest(`The session token provided '${token}' is invalid.`);
  }
}
