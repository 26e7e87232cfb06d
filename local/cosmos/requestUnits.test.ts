import { expect, test } from 'vitest';
import { queryCharge, readCharge, RequestUnitBudget, writeCharge } from './requestUnits.ts';

test('charges grow with size', () => {
  expect(readCharge(200)).toBe(1);
  expect(readCharge(10 * 1024)).toBe(10);
  expect(writeCharge(1024, false)).toBe(5);
  expect(writeCharge(1024, true)).toBeGreaterThan(writeCharge(1024, false));
  expect(writeCharge(100 * 1024, false)).toBeGreaterThan(50);
  expect(queryCharge(0, 0)).toBe(2.28);
  expect(queryCharge(1e6, 0)).toBeGreaterThan(queryCharge(1e5, 0));
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
