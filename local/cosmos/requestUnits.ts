/**
 * Request units by the figures that Microsoft publishes ("Understand request units consumption in Azure Cosmos DB"):
 * a base by the size of the item and 0.2 for each term that enters or leaves the index. They are for shape, never for
 * capacity planning; what a query costs is published nowhere and is an estimate.
 */

const KILOBYTE = 1024;
/** What the service adds to each item is stored behind it and not charged. */
const SYSTEM_PROPERTIES_BYTES = 230;
/** Size in KB, read, write. Sizes in between are interpolated. */
const BY_SIZE: readonly (readonly [kilobytes: number, read: number, write: number])[] = [
  [1, 1, 4.95],
  [2, 1.04, 6.29],
  [4, 1.14, 6.67],
  [8, 1.33, 7.04],
  [16, 1.67, 9.52],
  [32, 2.19, 11.23],
  [64, 4.76, 22.67],
  [128, 9.95, 48.19],
  [256, 20.28, 98.29],
  [512, 40.95, 184.57],
  [1024, 145.9, 625],
  [2048, 291.8, 1250],
];
const READ = 1;
const WRITE = 2;
const PER_TERM = 0.2;
const PER_PATCH_OPERATION = 0.4;
/** Which terms a new version changes is not looked at: the time of its change and one property. */
const CHANGED_TERMS = 2;
const QUERY_BASE = 2.28;

/** A point read of an item of so many stored bytes. */
export function readCharge(bytes: number): number {
  return roundUnits(bySize(bytes, READ));
}

/** A new item, with the terms that it puts into the index. Deleting it costs the same. */
export function createCharge(bytes: number, terms: number): number {
  return roundUnits(bySize(bytes, WRITE) + PER_TERM * terms);
}

/** A new version of an item: the old one is taken out and the new one put in. */
export function replaceCharge(bytesBefore: number, bytes: number): number {
  return roundUnits(bySize(bytesBefore, WRITE) + bySize(bytes, WRITE) + 2 * PER_TERM * CHANGED_TERMS);
}

export function patchCharge(bytesBefore: number, bytes: number, operations: number): number {
  return roundUnits(replaceCharge(bytesBefore, bytes) + PER_PATCH_OPERATION * operations);
}

/** A page of the change feed or of the feed of items: a point read for each of its items. */
export function feedCharge(sizes: readonly number[]): number {
  return roundUnits(
    Math.max(
      1,
      sizes.reduce((sum, bytes) => sum + bySize(bytes, READ), 0),
    ),
  );
}

/** A page of a query, by the bytes of the items that had to be loaded for it and of its rows. */
export function queryCharge(loadedBytes: number, returnedBytes: number): number {
  return roundUnits(QUERY_BASE + (0.05 * loadedBytes) / KILOBYTE + (0.3 * returnedBytes) / KILOBYTE);
}

function bySize(bytes: number, column: 1 | 2): number {
  const kilobytes = (bytes - SYSTEM_PROPERTIES_BYTES) / KILOBYTE;
  let below = BY_SIZE[0] as (typeof BY_SIZE)[number];
  if (kilobytes <= below[0]) return below[column];
  for (const above of BY_SIZE) {
    if (kilobytes <= above[0]) {
      const share = (kilobytes - below[0]) / (above[0] - below[0]);
      return below[column] + share * (above[column] - below[column]);
    }
    below = above;
  }
  return (below[column] * kilobytes) / below[0];
}

/** Charges have two decimals. */
export function roundUnits(units: number): number {
  return Math.round(units * 100) / 100;
}
