import { expect, test } from 'vitest';
import { RequestUnitBudget } from './requestUnitBudget.ts';
import { createCharge, feedCharge, patchCharge, queryCharge, readCharge, replaceCharge } from './requestUnits.ts';

/** Stored bytes of an item of so many KB: what the service adds to it is not charged. */
const stored = (kilobytes: number) => kilobytes * 1024 + 230;

// The published figures, by size in KB.
test.each([
  [1, 1, 4.95],
  [16, 1.67, 9.52],
  [64, 4.76, 22.67],
  [256, 20.28, 98.29],
  [2048, 291.8, 1250],
])('an item of %d KB costs %d to read and %d to write', (kilobytes, read, write) => {
  expect(readCharge(stored(kilobytes))).toBe(read);
  expect(createCharge(stored(kilobytes), 0)).toBe(write);
});

test('a small item is charged as one of 1 KB, one in between is interpolated', () => {
  expect(readCharge(100)).toBe(1);
  expect(readCharge(stored(3))).toBe(1.09);
  expect(readCharge(stored(4096))).toBe(583.6);
});

test('the published examples: 1 KB with ten terms, two changed terms, two patched properties', () => {
  expect(createCharge(stored(1), 10)).toBeCloseTo(7, 0);
  expect(replaceCharge(stored(1), stored(1))).toBeCloseTo(10.8, 0);
  expect(patchCharge(stored(1), stored(1), 2)).toBeCloseTo(11.6, 0);
  expect(feedCharge([1, 1, 1, 1, 1].map(stored))).toBe(5);
});

test('an empty page of a feed costs one unit', () => {
  expect(feedCharge([])).toBe(1);
});

test('queries cost by what they load and give', () => {
  expect(queryCharge(0, 0)).toBe(2.28);
  expect(queryCharge(1e6, 0)).toBeGreaterThan(queryCharge(1e5, 0));
  expect(queryCharge(1e5, 1e5)).toBeGreaterThan(queryCharge(1e5, 0));
});

test('a budget admits what a second earns, then refuses until the debt is earned back', () => {
  let now = 0;
  const budget = new RequestUnitBudget(400, () => now);
  budget.spend(300);
  expect(budget.wait()).toBe(0);
  budget.spend(500);
  const wait = budget.wait();
  expect(wait).toBe(1003);
  now = wait;
  expect(budget.wait()).toBe(0);
  now += 60_000;
  expect(budget.wait()).toBe(0);
  budget.spend(400);
  expect(budget.wait()).toBeGreaterThan(0);
});
