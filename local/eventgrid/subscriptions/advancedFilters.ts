import type { AdvancedFilter, GridEvent, Json } from '../model.ts';
import { eventField } from './eventFields.ts';

/** What an operator compares with: one value, a list of values, a list of ranges, or nothing. */
type Operand = 'number' | 'boolean' | 'numbers' | 'strings' | 'ranges' | 'none';

interface Operator {
  operand: Operand;
  /** True if one value of the event satisfies the filter; for a negated operator the opposite is asked for. */
  matches(actual: Json, filter: AdvancedFilter): boolean;
  /** A negated operator is satisfied when no value of the event matches, so also when the field is absent. */
  negated?: true;
}

/** Every operator of Event Grid's advanced filters. String comparisons ignore case. */
export const OPERATORS: Record<string, Operator> = {
  NumberIn: { operand: 'numbers', matches: isOneOf },
  NumberNotIn: { operand: 'numbers', matches: isOneOf, negated: true },
  NumberLessThan: { operand: 'number', matches: (actual, { value }) => compare(actual, value, (a, b) => a < b) },
  NumberGreaterThan: { operand: 'number', matches: (actual, { value }) => compare(actual, value, (a, b) => a > b) },
  NumberLessThanOrEquals: {
    operand: 'number',
    matches: (actual, { value }) => compare(actual, value, (a, b) => a <= b),
  },
  NumberGreaterThanOrEquals: {
    operand: 'number',
    matches: (actual, { value }) => compare(actual, value, (a, b) => a >= b),
  },
  NumberInRange: { operand: 'ranges', matches: isInRange },
  NumberNotInRange: { operand: 'ranges', matches: isInRange, negated: true },
  BoolEquals: { operand: 'boolean', matches: (actual, { value }) => typeof actual === 'boolean' && actual === value },
  StringIn: { operand: 'strings', matches: someText((actual, wanted) => actual === wanted) },
  StringNotIn: { operand: 'strings', matches: someText((actual, wanted) => actual === wanted), negated: true },
  StringBeginsWith: { operand: 'strings', matches: someText((actual, wanted) => actual.startsWith(wanted)) },
  StringNotBeginsWith: {
    operand: 'strings',
    matches: someText((actual, wanted) => actual.startsWith(wanted)),
    negated: true,
  },
  StringEndsWith: { operand: 'strings', matches: someText((actual, wanted) => actual.endsWith(wanted)) },
  StringNotEndsWith: {
    operand: 'strings',
    matches: someText((actual, wanted) => actual.endsWith(wanted)),
    negated: true,
  },
  StringContains: { operand: 'strings', matches: someText((actual, wanted) => actual.includes(wanted)) },
  StringNotContains: {
    operand: 'strings',
    matches: someText((actual, wanted) => actual.includes(wanted)),
    negated: true,
  },
  IsNullOrUndefined: { operand: 'none', matches: (actual) => actual !== null, negated: true },
  IsNotNull: { operand: 'none', matches: (actual) => actual !== null },
};

/** True if the event satisfies the filter. With `onArrays` a filter looks at each element of an array. */
export function matchesAdvancedFilter(event: GridEvent, filter: AdvancedFilter, onArrays: boolean): boolean {
  const operator = OPERATORS[filter.operatorType];
  if (!operator) throw new Error(`unknown operator ${filter.operatorType}: the subscription was not validated`);
  const actual = eventField(event, filter.key);
  const candidates = candidateValues(actual, onArrays && operator.operand !== 'none');
  const found = candidates.some((candidate) => operator.matches(candidate, filter));
  return operator.negated ? !found : found;
}

function candidateValues(actual: Json | undefined, elements: boolean): Json[] {
  if (actual === undefined) return [];
  return elements && Array.isArray(actual) ? actual : [actual];
}

function isOneOf(actual: Json, { values }: AdvancedFilter): boolean {
  return typeof actual === 'number' && (values ?? []).includes(actual);
}

function isInRange(actual: Json, { values }: AdvancedFilter): boolean {
  if (typeof actual !== 'number') return false;
  return (values ?? []).some((range) => {
    const [from, to] = range as [number, number];
    return actual >= from && actual <= to;
  });
}

function compare(actual: Json, wanted: Json | undefined, test: (a: number, b: number) => boolean): boolean {
  return typeof actual === 'number' && typeof wanted === 'number' && test(actual, wanted);
}

function someText(test: (actual: string, wanted: string) => boolean): Operator['matches'] {
  return (actual, { values }) => {
    if (typeof actual !== 'string') return false;
    const lower = actual.toLowerCase();
    return (values ?? []).some((wanted) => typeof wanted === 'string' && test(lower, wanted.toLowerCase()));
  };
}
