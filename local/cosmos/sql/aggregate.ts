import type { Value } from '../json.ts';
import { compareValues } from './order.ts';

/** Collects the values of one group. */
export interface Accumulator {
  add(value: Value): void;
  result(): Value;
}

/** The aggregates of Cosmos DB; missing values do not count. */
export const AGGREGATES: Record<string, () => Accumulator> = {
  COUNT: () => {
    let count = 0;
    return { add: (value) => void (count += value === undefined ? 0 : 1), result: () => count };
  },
  SUM: () => {
    const numbers = sum();
    return { add: numbers.add, result: () => numbers.total() };
  },
  AVG: () => {
    const numbers = sum();
    return {
      add: numbers.add,
      result: () => {
        const total = numbers.total();
        return total === undefined || numbers.count() === 0 ? undefined : total / numbers.count();
      },
    };
  },
  MIN: () => extreme((order) => order < 0),
  MAX: () => extreme((order) => order > 0),
};

/** A value that is no number leaves SUM and AVG without a result. */
function sum(): { add(value: Value): void; total(): number | undefined; count(): number } {
  let total: number | undefined = 0;
  let count = 0;
  return {
    add: (value) => {
      if (value === undefined) return;
      count += 1;
      total = typeof value === 'number' && total !== undefined ? total + value : undefined;
    },
    total: () => total,
    count: () => count,
  };
}

/** MIN and MAX compare scalars across types by rank; an array or object leaves them without a result. */
function extreme(better: (order: number) => boolean): Accumulator {
  let best: Value;
  let comparable = true;
  return {
    add: (value) => {
      if (value === undefined) return;
      if (typeof value === 'object' && value !== null) comparable = false;
      else if (best === undefined || better(compareValues(value, best))) best = value;
    },
    result: () => (comparable ? best : undefined),
  };
}
