import type { AdvancedFilter, GridEvent, Json } from '../model.ts';
import { eventField, isContextAttribute } from './eventFields.ts';

/** What an operator compares with: one value, a list of values, a list of ranges, or nothing. */
type Operand = 'number' | 'boolean' | 'numbers' | 'strings' | 'ranges' | 'none';

interface Operator {
  operand: Operand;
  /** True if one value of the event satisfies the filter; for a negated operator the opposite is asked for. */
  matches(actual: Json, filter: AdvancedFilter): boolean;
  /** A negated operator is satisfied when no value of the event matches. */
  negated?: true;
  /** Whether an event without the field is let through. */
  whenAbsent: boolean;
}

const operator = (operand: Operand, matches: Operator['matches']): Operator => ({
  operand,
  matches,
  whenAbsent: false,
});
const not = (positive: Operator, whenAbsent: boolean): Operator => ({ ...positive, negated: true, whenAbsent });
const comparison = (test: (a: number, b: number) => boolean) =>
  operator('number', (actual, { value }) => typeof actual === 'number' && test(actual, value as number));

const numberIn = operator('numbers', isOneOf);
const numberInRange = operator('ranges', isInRange);
const stringIn = operator(
  'strings',
  someText((actual, wanted) => actual === wanted),
);
const stringBeginsWith = operator(
  'strings',
  someText((actual, wanted) => actual.startsWith(wanted)),
);
const stringEndsWith = operator(
  'strings',
  someText((actual, wanted) => actual.endsWith(wanted)),
);
const stringContains = operator(
  'strings',
  someText((actual, wanted) => actual.includes(wanted)),
);

/**
 * Every operator of Event Grid's advanced filters. String comparisons ignore case. What is said of absent fields is from
 * "Understand event filtering for Event Grid subscriptions" of Microsoft's documentation (2022-09-09), which leaves out
 * `NumberNotInRange`; it is treated as `NumberNotIn`.
 */
export const OPERATORS: Record<string, Operator> = {
  NumberIn: numberIn,
  NumberNotIn: not(numberIn, true),
  NumberInRange: numberInRange,
  NumberNotInRange: not(numberInRange, true),
  NumberLessThan: comparison((a, b) => a < b),
  NumberGreaterThan: comparison((a, b) => a > b),
  NumberLessThanOrEquals: comparison((a, b) => a <= b),
  NumberGreaterThanOrEquals: comparison((a, b) => a >= b),
  BoolEquals: operator('boolean', (actual, { value }) => actual === value),
  StringIn: stringIn,
  StringNotIn: not(stringIn, true),
  StringBeginsWith: stringBeginsWith,
  StringNotBeginsWith: not(stringBeginsWith, false),
  StringEndsWith: stringEndsWith,
  StringNotEndsWith: not(stringEndsWith, false),
  StringContains: stringContains,
  StringNotContains: not(stringContains, false),
  IsNullOrUndefined: { operand: 'none', matches: () => false, whenAbsent: true },
  IsNotNull: operator('none', () => true),
};

/** True if the event satisfies the filter. With `onArrays` a filter looks at each element of an array. */
export function matchesAdvancedFilter(event: GridEvent, filter: AdvancedFilter, onArrays: boolean): boolean {
  const found = OPERATORS[filter.operatorType];
  if (!found) throw new Error(`unknown operator ${filter.operatorType}: the subscription was not validated`);
  const field = eventField(event, filter.key);
  if (field === undefined || field === null) return found.whenAbsent;
  const actual = found.operand === 'strings' && isContextAttribute(filter.key) ? canonicalText(field) : field;
  const candidates = onArrays && found.operand !== 'none' && Array.isArray(actual) ? actual : [actual];
  const isMet = candidates.some((candidate) => found.matches(candidate, filter));
  return found.negated ? !isMet : isMet;
}

/** Attributes of a CloudEvent have a string form, which is what a filter on strings compares: 5 begins with "5". */
function canonicalText(attribute: Json): Json {
  return typeof attribute === 'number' || typeof attribute === 'boolean' ? String(attribute) : attribute;
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

function someText(test: (actual: string, wanted: string) => boolean): Operator['matches'] {
  return (actual, { values }) => {
    if (typeof actual !== 'string') return false;
    const lower = actual.toLowerCase();
    return (values ?? []).some((wanted) => typeof wanted === 'string' && test(lower, wanted.toLowerCase()));
  };
}
