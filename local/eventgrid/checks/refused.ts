import { expect } from 'vitest';
import type { Destination, EventSchema } from '../model.ts';
import { TEST_KEY } from '../testing/startService.ts';
import { to, type Check } from './check.ts';

const OTHER_DESTINATIONS = [
  'ServiceBusQueue',
  'ServiceBusTopic',
  'StorageQueue',
  'HybridConnection',
  'NamespaceTopic',
  'MonitorAlert',
];

export const refusedChecks: Check[] = [
  {
    name: 'a topic of a custom input schema is refused',
    fidelity: 'refused',
    async run({ grid }) {
      const inputSchema = 'CustomEventSchema' as EventSchema;
      const put = grid.service.putTopic({ name: 'custom-schema', inputSchema, key: TEST_KEY });
      await expect(put).rejects.toThrow(
        'topic "custom-schema": inputSchema "CustomEventSchema" is not supported; use CloudEventSchemaV1_0 or EventGridSchema.',
      );
    },
  },
  {
    name: 'a subscription that delivers in a custom schema is refused',
    fidelity: 'refused',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic('EventGridSchema');
      const deliverySchema = 'CustomInputSchema' as EventSchema;
      const put = topic.put({ destination: to(hook), deliverySchema });
      await expect(put).rejects.toThrow(/deliverySchema "CustomInputSchema" is not supported/);
    },
  },
  ...OTHER_DESTINATIONS.map((type): Check => ({
    name: `a subscription that delivers to ${type} is refused`,
    fidelity: 'refused',
    async run(stage) {
      const topic = await stage.topic();
      const put = topic.put({ destination: { type } as unknown as Destination });
      await expect(put).rejects.toThrow(/the destination type must be EventHub, WebHook or AzureFunction/);
    },
  })),
  {
    name: 'a topic of CloudEvents that delivers in the Event Grid schema is refused',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      const put = topic.put({ destination: to(hook), deliverySchema: 'EventGridSchema' });
      await expect(put).rejects.toThrow(/a topic that takes CloudEvents delivers CloudEvents only/);
    },
  },
  {
    name: 'names of topics that Azure reserves, and names of other characters or lengths, are refused',
    async run({ grid }) {
      for (const name of ['System-orders', 'microsoftOrders', 'EventGrid1', 'a b', 'ab', 'x'.repeat(51)]) {
        const put = grid.service.putTopic({ name, inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
        await expect(put).rejects.toThrow(/topic name ".*" is not allowed/);
      }
    },
  },
  {
    name: 'a retry policy beyond 30 attempts or 1,440 minutes is refused',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      for (const retryPolicy of [
        { maxDeliveryAttempts: 31 },
        { eventTimeToLiveInMinutes: 1441 },
        { maxDeliveryAttempts: 0 },
      ])
        await expect(topic.put({ destination: to(hook), retryPolicy })).rejects.toThrow(
          /allowed are whole numbers from 1 to/,
        );
    },
  },
];
