import { badRequest } from '../errors.ts';
import { effectivePartitionKey } from '../effectivePartitionKey.ts';
import type { KeyComponent, PartitionKey } from '../partitionKey.ts';
import { feedCharge } from '../requestUnits.ts';
import type { Container } from '../store/container.ts';
import { PAGE_BYTES } from './query.ts';
import type { ResultRow } from './resultCache.ts';

/** Where a reader stands and what it wants. */
export interface ChangeFeedRequest {
  /** Header `if-none-match`: the position of the last answer, `*` for now, absent for the beginning. */
  position: string | undefined;
  /** Only versions from this second on. */
  sinceSeconds?: number;
  partitionKey?: PartitionKey;
  /** Part of the hash space, `min ≤ key < max`. */
  range?: { min: string; max: string };
  pageSize: number;
}

export interface ChangeFeedPage {
  /** Latest version of each document that changed, oldest change first; none: 304. */
  rows: ResultRow[];
  /** Next position, as the header `etag`. */
  etag: string;
  charge: number;
}

interface ChangeRow {
  partition: string;
  sequence: number;
  body: Uint8Array;
}

/** The latest versions of the documents that changed after a position. Asking when nothing changed reads nothing. */
export function readChanges(container: Container, request: ChangeFeedRequest): ChangeFeedPage {
  let position = parsePosition(container, request.position);
  const rows: ResultRow[] = [];
  const sizes: number[] = [];
  let bytes = 0;
  while (position < container.sequence) {
    const changes = changesAfter(container, request, position);
    for (const change of changes) {
      position = change.sequence;
      if (!isInRange(container, change, request.range)) continue;
      rows.push(withSequence(change));
      sizes.push(change.body.length);
      bytes += change.body.length;
      if (rows.length >= request.pageSize || bytes > PAGE_BYTES) return page(rows, sizes, position);
    }
    // Nothing is left: what was deleted since has been passed over as well.
    if (changes.length === 0) position = container.sequence;
  }
  return page(rows, sizes, position);
}

function page(rows: ResultRow[], sizes: number[], position: number): ChangeFeedPage {
  return { rows, etag: `"${position}"`, charge: feedCharge(sizes) };
}

function parsePosition(container: Container, header: string | undefined): number {
  if (header === undefined) return 0;
  if (header === '*') return container.sequence;
  const position = /^"?(\d{1,15})"?$/.exec(header)?.[1];
  if (position === undefined) {
    throw badRequest(
      `The change feed position ${header} in if-none-match is invalid: pass the etag of the last answer, or "*".`,
    );
  }
  return Number(position);
}

function changesAfter(container: Container, request: ChangeFeedRequest, position: number): ChangeRow[] {
  const conditions = ['sequence > ?', '(expires IS NULL OR expires > ?)'];
  const parameters: (string | number)[] = [position, container.nowSeconds];
  if (request.partitionKey) {
    conditions.push('partition = ?');
    parameters.push(request.partitionKey.text);
  }
  if (request.sinceSeconds !== undefined) {
    conditions.push('seconds >= ?');
    parameters.push(request.sinceSeconds);
  }
  const limit = Math.min(request.pageSize, 100);
  return container.table.select('partition, sequence, body', `${conditions.join(' AND ')} ORDER BY sequence LIMIT ?`, [
    ...parameters,
    limit,
  ]) as unknown as ChangeRow[];
}

function isInRange(container: Container, { partition }: ChangeRow, range: ChangeFeedRequest['range']): boolean {
  if (!range || (range.min === '' && range.max === 'FF')) return true;
  const key = effectivePartitionKey(JSON.parse(partition) as KeyComponent[], container.partitionKey.definition);
  return key >= range.min && key < range.max;
}

function withSequence({ body, sequence }: ChangeRow): Uint8Array {
  const own = Buffer.from(body.buffer, body.byteOffset, body.byteLength - 1);
  return Buffer.concat([own, Buffer.from(`,"_lsn":${sequence}}`)]);
}
