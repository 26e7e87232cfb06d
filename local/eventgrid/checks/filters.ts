import { expect } from 'vitest';
import type { AdvancedFilter, EventFilter } from '../model.ts';
import { to, type Check } from './check.ts';
import { received, type PublishedEvent } from './filtered.ts';

function filterCheck(
  name: string,
  filter: EventFilter,
  events: Record<string, PublishedEvent>,
  expected: string[],
): Check {
  return {
    name,
    async run(stage) {
      expect(await received(stage, filter, events)).toEqual(expected.toSorted());
    },
  };
}

const SUBJECTS = {
  '1': { subject: 'Orders/DE/17' },
  '2': { subject: 'orders/fr/17' },
  '3': { subject: 'x/orders' },
  none: {},
};
const isBlue: AdvancedFilter = { operatorType: 'StringIn', key: 'data.color', values: ['blue'] };
const isBig: AdvancedFilter = { operatorType: 'NumberGreaterThan', key: 'data.size', value: 10 };

/** A check that a definition is refused with the given words. */
function limitCheck(name: string, advancedFilters: AdvancedFilter[], words: RegExp): Check {
  return {
    name,
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      const put = topic.put({ destination: to(hook), filter: { advancedFilters } });
      await expect(put).rejects.toThrow(words);
      expect(hook.requests).toEqual([]);
    },
  };
}

const textFilter = (values: string[]): AdvancedFilter => ({ operatorType: 'StringIn', key: 'data.a', values });

export const filterChecks: Check[] = [
  filterCheck(
    'includedEventTypes lets exactly the named types through',
    { includedEventTypes: ['order.placed', 'Order.Paid'] },
    { '1': { type: 'order.placed' }, '2': { type: 'Order.Paid' }, '3': { type: 'order.paid' }, '4': { type: 'order' } },
    ['1', '2'],
  ),
  filterCheck(
    'includedEventTypes absent, or All, lets every type through',
    { includedEventTypes: ['All'] },
    { '1': { type: 'order.placed' }, '2': { type: 'order.paid' } },
    ['1', '2'],
  ),
  filterCheck('subjectBeginsWith ignores case', { subjectBeginsWith: 'orders/' }, SUBJECTS, ['1', '2']),
  filterCheck('subjectEndsWith ignores case', { subjectEndsWith: '/ORDERS' }, SUBJECTS, ['3']),
  filterCheck(
    'isSubjectCaseSensitive makes the subject filters exact',
    { subjectBeginsWith: 'orders/', subjectEndsWith: '17', isSubjectCaseSensitive: true },
    SUBJECTS,
    ['2'],
  ),
  filterCheck('an asterisk in a subject filter is no wildcard', { subjectBeginsWith: 'orders/*' }, SUBJECTS, []),
  filterCheck(
    'several advanced filters must all agree, several values of one filter are alternatives',
    { advancedFilters: [isBlue, isBig] },
    {
      '1': { data: { color: 'blue', size: 11 } },
      '2': { data: { color: 'blue', size: 1 } },
      '3': { data: { color: 'red', size: 11 } },
    },
    ['1'],
  ),
  filterCheck(
    'a key goes down into objects with dots, and not into arrays of objects',
    {
      advancedFilters: [{ operatorType: 'StringIn', key: 'data.a.b.c', values: ['x'] }],
      enableAdvancedFilteringOnArrays: true,
    },
    {
      '1': { data: { a: { b: { c: 'x' } } } },
      '2': { data: { a: [{ b: { c: 'x' } }] } },
      '3': { data: { 'a.b.c': 'x' } },
    },
    ['1'],
  ),
  filterCheck(
    'keys of CloudEvents are id, source, type, subject, specversion and extension attributes',
    {
      advancedFilters: [
        { operatorType: 'StringBeginsWith', key: 'id', values: ['a'] },
        { operatorType: 'StringEndsWith', key: 'source', values: ['shop'] },
        { operatorType: 'StringIn', key: 'type', values: ['order.placed'] },
        { operatorType: 'StringIn', key: 'specversion', values: ['1.0'] },
        { operatorType: 'StringIn', key: 'tenant', values: ['t1'] },
      ],
    },
    { a1: { extensionAttributes: { tenant: 't1' } }, a2: { extensionAttributes: { tenant: 't2' } }, b1: {} },
    ['a1'],
  ),
  filterCheck(
    'an extension attribute that is a number is compared as text by the operators on strings',
    { advancedFilters: [{ operatorType: 'StringBeginsWith', key: 'rank', values: ['5', '1'] }] },
    { '1': { extensionAttributes: { rank: 5 } }, '2': { extensionAttributes: { rank: 25 } } },
    ['1'],
  ),
  {
    name: 'keys of the Event Grid schema are ID, Topic, Subject, EventType, DataVersion and the data, envelope names in any case',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      const is = (key: string, value: string): AdvancedFilter => ({ operatorType: 'StringIn', key, values: [value] });
      const advancedFilters = [
        ...[is('ID', '1'), is('Topic', topic.resourceId), is('subject', 's'), is('EventType', 't')],
        ...[is('DataVersion', '2'), is('data.city', 'Berlin')],
      ];
      await topic.subscribe({ destination: to(hook), filter: { advancedFilters } });
      const event = { subject: 's', eventType: 't', dataVersion: '2', data: { city: 'Berlin' } };
      await topic.client('EventGrid').send([
        { ...event, id: '1' },
        { ...event, id: '2' },
        { ...event, id: '1', data: { city: 'Paris' } },
      ]);
      await topic.settled({ matched: 1, delivered: 1 });
    },
  },
  limitCheck(
    'more than 25 advanced filters are refused',
    Array.from({ length: 26 }, () => ({ operatorType: 'IsNotNull', key: 'data.a' })),
    /26 advanced filters; at most 25/,
  ),
  limitCheck(
    'more than 25 values in all advanced filters together are refused',
    [textFilter(Array<string>(20).fill('a')), textFilter(Array<string>(6).fill('a'))],
    /26 values in all advanced filters; at most 25/,
  ),
  limitCheck(
    'values of more than 512 characters are refused',
    [textFilter(['x'.repeat(513)])],
    /at most 512 characters/,
  ),
  limitCheck(
    'an operator that Event Grid does not know is refused, with the ones it knows',
    [{ operatorType: 'StringLike', key: 'data.a', values: ['x'] }],
    /unknown operatorType "StringLike"; known are .*IsNullOrUndefined/,
  ),
];
