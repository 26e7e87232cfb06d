import { describe, expect, it } from 'vitest';
import { ControlError } from '../../process/serviceHost.ts';
import type { AdvancedFilter, SubscriptionDefinition, TopicDefinition } from '../model.ts';
import { validateSubscription, validateTopic } from './validateDefinition.ts';

const NOW = Date.UTC(2025, 0, 31);
const topic: TopicDefinition = { name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: 'k' };
const subscription: SubscriptionDefinition = {
  topic: 'orders',
  name: 'to-hook',
  destination: { type: 'WebHook', url: 'http://127.0.0.1/hook' },
};

const check = (changed: SubscriptionDefinition) => validateSubscription({ subscription: changed, topic, now: NOW });
const withFilters = (advancedFilters: AdvancedFilter[]) => ({ ...subscription, filter: { advancedFilters } });
const textFilter = (values: string[]): AdvancedFilter => ({ operatorType: 'StringIn', key: 'data.a', values });

describe('validateTopic', () => {
  it('takes a topic', () => {
    expect(() => validateTopic(topic)).not.toThrow();
  });

  it.each([
    [{ ...topic, name: 'a b' }, /topic name "a b" is not allowed/],
    [{ ...topic, name: 'x'.repeat(51) }, /3 to 50 characters/],
    [{ ...topic, name: 'eventgrid-orders' }, /names that start with EventGrid are reserved/],
    [{ ...topic, inputSchema: 'CustomEventSchema' }, /inputSchema "CustomEventSchema" is not supported/],
    [{ ...topic, key: '' }, /key is missing/],
  ])('refuses %#', (bad, message) => {
    expect(() => validateTopic(bad as TopicDefinition)).toThrow(message);
  });
});

describe('validateSubscription', () => {
  it('takes a subscription at Azure’s limits', () => {
    const filters = Array.from({ length: 24 }, () => textFilter(['x'.repeat(512)]));
    expect(() =>
      check({
        ...withFilters([...filters, { operatorType: 'IsNotNull', key: 'data.b' }]),
        retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
        deliveryAttributeMappings: [
          { name: 'PartitionKey', type: 'Dynamic', sourceField: 'data.userId' },
          { name: 'x-origin', type: 'Static', value: 'x'.repeat(4096) },
        ],
        deadLetter: { connectionString: 'UseDevelopmentStorage=true', container: 'dead' },
      }),
    ).not.toThrow();
  });

  it.each<[Partial<SubscriptionDefinition>, RegExp]>([
    [{ name: 'a/b' }, /subscription name "a\/b" is not allowed/],
    [{ destination: { type: 'WebHook', url: 'hook' } }, /url "hook" is not a URL/],
    [{ destination: { type: 'WebHook', url: 'ftp://a/' } }, /url begins with ftp:; allowed are https:/],
    [{ destination: { type: 'WebHook', url: 'http://a:b@c/' } }, /url has a user or a password/],
    [{ destination: { type: 'Queue' } as never }, /must be EventHub, WebHook or AzureFunction/],
    [
      { destination: { type: 'EventHub', connectionString: '', eventHub: 'h' } },
      /needs eventHub and either connectionString/,
    ],
    [{ destination: { type: 'WebHook', url: 'http://a/', maxEventsPerBatch: 5001 } }, /whole numbers from 1 to 5000/],
    [{ deliverySchema: 'EventGridSchema' }, /delivers CloudEvents only/],
    [{ retryPolicy: { maxDeliveryAttempts: 31 } }, /maxDeliveryAttempts is 31; allowed are whole numbers from 1 to 30/],
    [{ retryPolicy: { eventTimeToLiveInMinutes: 0.5 } }, /eventTimeToLiveInMinutes is 0.5/],
    [
      { deadLetter: { connectionString: 'x', container: '' } },
      /deadLetter needs a container and either connectionString/,
    ],
    [{ deliveryAttributeMappings: [{ name: 'aeg-x', type: 'Static', value: '' }] }, /"aeg-x" is not allowed/],
    [{ deliveryAttributeMappings: [{ name: 'x', type: 'Dynamic', sourceField: '' }] }, /needs sourceField/],
    [{ deliveryAttributeMappings: [{ name: 'x', type: 'Static', value: 'y'.repeat(4097) }] }, /longer than 4096/],
    [{ deliveryAttributeMappings: Array(11).fill({ name: 'x', type: 'Static', value: '' }) }, /at most 10/],
    [{ filter: { includedEventTypes: 'a' as never } }, /must be a list of event types/],
    [withFilters(Array(26).fill({ operatorType: 'IsNotNull', key: 'a' })), /26 advanced filters; at most 25/],
    [withFilters([textFilter(Array(20).fill('a')), textFilter(Array(6).fill('a'))]), /26 values .* at most 25/],
    [withFilters([textFilter(['x'.repeat(513)])]), /advancedFilters\[0\]: values must be texts of at most 512/],
    [withFilters([textFilter([])]), /at least one/],
    [withFilters([{ operatorType: 'StringLike', key: 'a', values: ['x'] }]), /unknown operatorType "StringLike"/],
    [withFilters([{ operatorType: 'NumberLessThan', key: 'a', values: [1] }]), /value must be a number/],
    [withFilters([{ operatorType: 'NumberInRange', key: 'a', values: [1] }]), /pairs \[from, to\]/],
    [withFilters([{ operatorType: 'NumberIn', key: 'a', values: ['1'] }]), /values must be numbers/],
    [withFilters([{ operatorType: 'BoolEquals', key: 'a', value: 'true' }]), /value must be true or false/],
    [withFilters([{ operatorType: 'IsNotNull', key: '' }]), /key is missing/],
  ])('refuses %#', (change, message) => {
    const refused = () => check({ ...subscription, ...change });
    expect(refused).toThrow(ControlError);
    expect(refused).toThrow(message);
  });
});
