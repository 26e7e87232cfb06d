import { describe, expect, it } from 'vitest';
import { parseAddress, pathOf } from './addresses.ts';
import { Condition } from './amqp/conditions.ts';

describe('parseAddress', () => {
  it.each([
    ['$cbs', { node: 'cbs' }],
    ['$management', { node: 'management' }],
    ['orders/$management', { node: 'management', hub: 'orders' }],
    ['orders', { node: 'hub', hub: 'orders' }],
    ['/orders/', { node: 'hub', hub: 'orders' }],
    ['orders/Partitions/3', { node: 'hub', hub: 'orders', partition: 3 }],
    [
      'orders/ConsumerGroups/$Default/Partitions/0',
      { node: 'consumerGroup', hub: 'orders', group: '$Default', partition: 0 },
    ],
    [
      'sb://127.0.0.1:5672/Orders/consumergroups/G/partitions/12',
      { node: 'consumerGroup', hub: 'Orders', group: 'G', partition: 12 },
    ],
  ])('reads %s', (address, expected) => {
    expect(parseAddress(address)).toEqual(expected);
  });

  it.each([
    undefined,
    '',
    '/',
    '$other',
    'a/b',
    'a/Publishers/p',
    'a/ConsumerGroups/g',
    'a/Partitions/1/more',
    '$cbs/x',
  ])('knows no %s', (address) => {
    expect(() => parseAddress(address)).toThrow(expect.objectContaining({ condition: Condition.notFound }));
  });

  it('refuses a partition that is no number', () => {
    const refusal = expect.objectContaining({ condition: Condition.argumentOutOfRange }) as Error;
    expect(() => parseAddress('a/Partitions/x')).toThrow(refusal);
    expect(() => parseAddress('a/Partitions/-1')).toThrow(refusal);
  });
});

describe('pathOf', () => {
  it.each([
    ['sb://host.example/hub', 'hub'],
    ['amqps://host:5671/hub/$management/', 'hub/$management'],
    ['sb://host', ''],
    ['hub', 'hub'],
  ])('takes %s to %s', (address, path) => {
    expect(pathOf(address)).toBe(path);
  });
});
