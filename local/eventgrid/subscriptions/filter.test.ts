import { describe, expect, it } from 'vitest';
import type { AdvancedFilter, EventFilter, GridEvent, Json } from '../model.ts';
import { OPERATORS } from './advancedFilters.ts';
import { eventField } from './eventFields.ts';
import { matchesFilter } from './filter.ts';

const cloud: GridEvent = {
  schema: 'CloudEventSchemaV1_0',
  body: {
    specversion: '1.0',
    id: '7',
    source: '/shop',
    type: 'Order.Placed',
    subject: 'Orders/DE/17',
    rank: 5,
    data: { total: 10, city: 'Berlin', vip: true, note: null, tags: ['Red', 'Blue'], sizes: [1, 5], deep: { er: 'x' } },
  },
};
const grid: GridEvent = {
  schema: 'EventGridSchema',
  body: {
    id: '7',
    eventType: 'Order.Placed',
    subject: 'Orders/DE/17',
    data: { total: 10 },
    topic: '/t',
    dataVersion: '3',
  },
};

describe('eventField', () => {
  it.each<[GridEvent, string, Json | undefined]>([
    [cloud, 'Subject', 'Orders/DE/17'],
    [cloud, 'EventType', 'Order.Placed'],
    [cloud, 'type', 'Order.Placed'],
    [cloud, 'eventid', '7'],
    [cloud, 'Data.deep.er', 'x'],
    [cloud, 'data.Total', undefined],
    [cloud, 'data.toString', undefined],
    [cloud, 'data.tags.length', undefined],
    [grid, 'DATAVERSION', '3'],
    [grid, 'eventtype', 'Order.Placed'],
    [grid, 'type', undefined],
  ])('%#: %s', (event, path, expected) => {
    expect(eventField(event, path)).toEqual(expected);
  });
});

describe('matchesFilter', () => {
  it.each<[string, EventFilter | undefined, boolean]>([
    ['no filter', undefined, true],
    ['an empty filter', { includedEventTypes: [], subjectBeginsWith: '' }, true],
    ['all types', { includedEventTypes: null }, true],
    ['all types by name', { includedEventTypes: ['All'] }, true],
    ['its type', { includedEventTypes: ['other', 'Order.Placed'] }, true],
    ['other types', { includedEventTypes: ['Order'] }, false],
    ['a subject start in another case', { subjectBeginsWith: 'orders/de' }, true],
    ['the same, case-sensitive', { subjectBeginsWith: 'orders/de', isSubjectCaseSensitive: true }, false],
    ['a subject end', { subjectEndsWith: '/17', isSubjectCaseSensitive: true }, true],
    ['another subject end', { subjectEndsWith: '/18' }, false],
    ['one of two parts', { includedEventTypes: ['Order.Placed'], subjectEndsWith: '/18' }, false],
  ])('%s', (_what, filter, expected) => {
    expect(matchesFilter(cloud, filter)).toBe(expected);
  });

  it('sees a CloudEvent without a subject as one with an empty subject', () => {
    const bare: GridEvent = { ...cloud, body: { ...cloud.body, subject: null } };
    expect(matchesFilter(bare, { subjectBeginsWith: 'Orders' })).toBe(false);
    expect(matchesFilter(bare, {})).toBe(true);
  });
});

/** operator, key, operand, matches, matches with arrays looked into (default: the same). */
type Row = [operator: string, key: string, operand: Json | undefined, plain: boolean, onArrays?: boolean];

const TABLE: Row[] = [
  ['NumberIn', 'data.total', [1, 10], true],
  ['NumberIn', 'data.total', [1, 2], false],
  ['NumberIn', 'data.city', [10], false],
  ['NumberIn', 'data.none', [10], false],
  ['NumberIn', 'data.sizes', [5], false, true],
  ['NumberNotIn', 'data.total', [1, 10], false],
  ['NumberNotIn', 'data.total', [1], true],
  ['NumberNotIn', 'data.none', [1], true],
  ['NumberNotIn', 'data.sizes', [5], true, false],
  ['NumberLessThan', 'data.total', 10, false],
  ['NumberLessThan', 'data.total', 10.5, true],
  ['NumberGreaterThan', 'data.total', 9, true],
  ['NumberGreaterThan', 'data.total', 10, false],
  ['NumberGreaterThan', 'data.sizes', 4, false, true],
  ['NumberLessThanOrEquals', 'data.total', 10, true],
  ['NumberLessThanOrEquals', 'data.total', 9, false],
  ['NumberGreaterThanOrEquals', 'data.total', 10, true],
  ['NumberGreaterThanOrEquals', 'data.total', 11, false],
  [
    'NumberInRange',
    'data.total',
    [
      [1, 5],
      [10, 12],
    ],
    true,
  ],
  ['NumberInRange', 'data.total', [[1, 9]], false],
  ['NumberInRange', 'data.city', [[1, 9]], false],
  ['NumberNotInRange', 'data.total', [[1, 9]], true],
  ['NumberNotInRange', 'data.total', [[10, 10]], false],
  ['BoolEquals', 'data.vip', true, true],
  ['BoolEquals', 'data.vip', false, false],
  ['BoolEquals', 'data.total', true, false],
  ['StringIn', 'data.city', ['paris', 'BERLIN'], true],
  ['StringIn', 'data.city', ['Paris'], false],
  ['StringIn', 'data.total', ['10'], false],
  ['StringIn', 'data.tags', ['red'], false, true],
  ['StringNotIn', 'data.city', ['berlin'], false],
  ['StringNotIn', 'data.none', ['berlin'], true],
  ['StringBeginsWith', 'subject', ['orders/'], true],
  ['StringBeginsWith', 'subject', ['/orders'], false],
  ['StringNotBeginsWith', 'subject', ['orders/'], false],
  ['StringNotBeginsWith', 'subject', ['x'], true],
  ['StringEndsWith', 'data.city', ['LIN'], true],
  ['StringEndsWith', 'data.city', ['ber'], false],
  ['StringNotEndsWith', 'data.city', ['lin'], false],
  ['StringNotEndsWith', 'data.city', ['ber'], true],
  ['StringContains', 'data.deep.er', ['X'], true],
  ['StringContains', 'data.city', ['x'], false],
  ['NumberNotIn', 'data.city', [10], true],
  ['NumberNotInRange', 'data.none', [[1, 9]], true],
  ['StringNotContains', 'data.none', ['x'], false],
  ['StringNotBeginsWith', 'data.none', ['x'], false],
  ['StringNotEndsWith', 'data.none', ['x'], false],
  ['StringNotContains', 'data.note', ['x'], false],
  ['StringNotIn', 'data.note', ['x'], true],
  ['StringBeginsWith', 'rank', ['5', '1'], true],
  ['StringBeginsWith', 'data.total', ['1'], false],
  ['StringNotContains', 'data.city', ['erl'], false],
  ['StringNotContains', 'data.tags', ['blu'], true, false],
  ['IsNullOrUndefined', 'data.note', undefined, true],
  ['IsNullOrUndefined', 'data.none', undefined, true],
  ['IsNullOrUndefined', 'data.vip', undefined, false],
  ['IsNotNull', 'data.vip', undefined, true],
  ['IsNotNull', 'data.tags', undefined, true],
  ['IsNotNull', 'data.note', undefined, false],
  ['IsNotNull', 'data.none', undefined, false],
];

describe('advanced filters', () => {
  it.each(TABLE)('%s on %s with %j', (operatorType, key, operand, plain, onArrays = plain) => {
    const filter: AdvancedFilter = Array.isArray(operand)
      ? { operatorType, key, values: operand }
      : { operatorType, key, ...(operand !== undefined && { value: operand }) };
    expect(matchesFilter(cloud, { advancedFilters: [filter] })).toBe(plain);
    expect(matchesFilter(cloud, { advancedFilters: [filter], enableAdvancedFilteringOnArrays: true })).toBe(onArrays);
  });

  it('has a row for every operator', () => {
    expect(new Set(TABLE.map(([operator]) => operator))).toEqual(new Set(Object.keys(OPERATORS)));
  });

  it('asks all filters to agree', () => {
    const yes: AdvancedFilter = { operatorType: 'BoolEquals', key: 'data.vip', value: true };
    const no: AdvancedFilter = { ...yes, value: false };
    expect(matchesFilter(cloud, { advancedFilters: [yes, yes] })).toBe(true);
    expect(matchesFilter(cloud, { advancedFilters: [yes, no] })).toBe(false);
  });
});
