import { expect } from 'vitest';
import type { AdvancedFilter, Json } from '../model.ts';
import type { Check } from './check.ts';
import { received, type PublishedEvent } from './filtered.ts';

/** Events whose data is `{value}`, one of them without it and one with null. */
function withValues(values: Record<string, unknown>): Record<string, PublishedEvent> {
  const present = Object.entries(values).map(([id, value]) => [id, { data: { value } }] as const);
  return { ...Object.fromEntries(present), absent: { data: {} }, null: { data: { value: null } } };
}

const NUMBERS = withValues({ one: 1, five: 5, nine: 9.5, text: '5', list: [5, 50, 'x'], far: [50] });
const TEXTS = withValues({
  red: 'Red',
  reddish: 'reddish',
  infrared: 'infraRED',
  blue: 'blue',
  number: 7,
  list: ['RED', 1],
  others: ['x'],
});
const BOOLEANS = withValues({ yes: true, no: false, text: 'true', list: [false, true] });

/** One check of an operator on `data.value`: which events pass, and which when filters look into arrays. */
function operatorCheck(
  operatorType: string,
  operand: Json | undefined,
  meaning: string,
  events: Record<string, PublishedEvent>,
  expected: { plain: string[]; onArrays: string[] },
): Check {
  const filter: AdvancedFilter = {
    operatorType,
    key: 'data.value',
    ...(Array.isArray(operand) ? { values: operand } : operand !== undefined && { value: operand }),
  };
  return {
    name: `${operatorType} ${meaning}`,
    async run(stage) {
      const advancedFilters = [filter];
      expect(await received(stage, { advancedFilters }, events)).toEqual(expected.plain.toSorted());
      const inside = await received(stage, { advancedFilters, enableAdvancedFilteringOnArrays: true }, events);
      expect(inside).toEqual(expected.onArrays.toSorted());
    },
  };
}

const numbers = (operatorType: string, operand: Json, meaning: string, plain: string[], arrays: string[] = []) =>
  operatorCheck(operatorType, operand, meaning, NUMBERS, { plain, onArrays: [...plain, ...arrays] });
const texts = (operatorType: string, operand: Json, meaning: string, plain: string[], arrays: string[] = []) =>
  operatorCheck(operatorType, operand, meaning, TEXTS, { plain, onArrays: [...plain, ...arrays] });

export const operatorChecks: Check[] = [
  numbers('NumberIn', [5, 7], 'lets numbers of the list through', ['five'], ['list']),
  numbers('NumberLessThan', 5, 'lets smaller numbers through', ['one']),
  numbers('NumberGreaterThan', 5, 'lets larger numbers through', ['nine'], ['list', 'far']),
  numbers('NumberLessThanOrEquals', 5, 'lets the number and smaller ones through', ['one', 'five'], ['list']),
  numbers('NumberGreaterThanOrEquals', 5, 'lets the number and larger ones through', ['five', 'nine'], ['list', 'far']),
  numbers(
    'NumberInRange',
    [
      [0, 1],
      [9, 10],
      [40, 50],
    ],
    'lets numbers within one of the ranges through, ends included',
    ['one', 'nine'],
    ['list', 'far'],
  ),
  operatorCheck('NumberNotIn', [5, 7], 'lets other numbers, and events without the field, through', NUMBERS, {
    plain: ['one', 'nine', 'text', 'list', 'far', 'absent', 'null'],
    onArrays: ['one', 'nine', 'text', 'far', 'absent', 'null'],
  }),
  {
    ...operatorCheck(
      'NumberNotInRange',
      [[0, 5]],
      'lets numbers outside of all ranges through, and events without the field (which Microsoft does not document)',
      NUMBERS,
      {
        plain: ['nine', 'text', 'list', 'far', 'absent', 'null'],
        onArrays: ['nine', 'text', 'far', 'absent', 'null'],
      },
    ),
    fidelity: 'differs',
  },
  operatorCheck('BoolEquals', true, 'lets the boolean through and no text that reads like it', BOOLEANS, {
    plain: ['yes'],
    onArrays: ['yes', 'list'],
  }),
  texts('StringIn', ['RED', 'green'], 'lets texts of the list through, in any case', ['red'], ['list']),
  texts(
    'StringBeginsWith',
    ['re', 'x'],
    'lets texts with one of the beginnings through, in any case',
    ['red', 'reddish'],
    ['list', 'others'],
  ),
  texts(
    'StringEndsWith',
    ['RED'],
    'lets texts with one of the ends through, in any case',
    ['red', 'infrared'],
    ['list'],
  ),
  texts(
    'StringContains',
    ['red', 'zzz'],
    'lets texts with one of the parts through, in any case',
    ['red', 'reddish', 'infrared'],
    ['list'],
  ),
  operatorCheck('StringNotIn', ['red'], 'lets other texts, and events without the field, through', TEXTS, {
    plain: ['reddish', 'infrared', 'blue', 'number', 'list', 'others', 'absent', 'null'],
    onArrays: ['reddish', 'infrared', 'blue', 'number', 'others', 'absent', 'null'],
  }),
  operatorCheck(
    'StringNotBeginsWith',
    ['re'],
    'lets texts without the beginning through, not events without the field',
    TEXTS,
    {
      plain: ['infrared', 'blue', 'number', 'list', 'others'],
      onArrays: ['infrared', 'blue', 'number', 'others'],
    },
  ),
  operatorCheck(
    'StringNotEndsWith',
    ['red'],
    'lets texts without the end through, not events without the field',
    TEXTS,
    {
      plain: ['reddish', 'blue', 'number', 'list', 'others'],
      onArrays: ['reddish', 'blue', 'number', 'others'],
    },
  ),
  operatorCheck(
    'StringNotContains',
    ['red'],
    'lets texts without the part through, not events without the field',
    TEXTS,
    {
      plain: ['blue', 'number', 'list', 'others'],
      onArrays: ['blue', 'number', 'others'],
    },
  ),
  operatorCheck('IsNullOrUndefined', undefined, 'lets events through that have null or no such field', BOOLEANS, {
    plain: ['absent', 'null'],
    onArrays: ['absent', 'null'],
  }),
  operatorCheck(
    'IsNotNull',
    undefined,
    'lets events through that have the field with another value than null',
    BOOLEANS,
    {
      plain: ['yes', 'no', 'text', 'list'],
      onArrays: ['yes', 'no', 'text', 'list'],
    },
  ),
];
