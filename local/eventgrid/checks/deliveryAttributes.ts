import { expect } from 'vitest';
import type { DeliveryAttributeMapping } from '../model.ts';
import { to, type Check } from './check.ts';

function refusal(name: string, mappings: DeliveryAttributeMapping[], words: RegExp): Check {
  return {
    name,
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      const put = topic.put({ destination: to(hook), deliveryAttributeMappings: mappings });
      await expect(put).rejects.toThrow(words);
    },
  };
}

const dynamic = (name: string, sourceField: string): DeliveryAttributeMapping => ({
  name,
  type: 'Dynamic',
  sourceField,
});
const fixed = (name: string, value: string): DeliveryAttributeMapping => ({ name, type: 'Static', value });

export const deliveryAttributeChecks: Check[] = [
  {
    name: 'delivery attributes become headers: fixed texts, and strings, numbers and booleans of the event',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({
        destination: to(hook),
        deliveryAttributeMappings: [
          fixed('Authorization', 'Bearer secret'),
          dynamic('x-type', 'type'),
          dynamic('x-city', 'data.address.city'),
          dynamic('x-total', 'data.total'),
          dynamic('x-vip', 'data.vip'),
          dynamic('x-tenant', 'tenant'),
        ],
      });
      const data = { address: { city: 'Berlin' }, total: 5.5, vip: false };
      await topic.publish({ id: '1', data, extensionAttributes: { tenant: 't1' } });
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.headers).toMatchObject({
        authorization: 'Bearer secret',
        'x-type': 'order.placed',
        'x-city': 'Berlin',
        'x-total': '5.5',
        'x-vip': 'false',
        'x-tenant': 't1',
      });
    },
  },
  {
    name: 'a source field that is absent, null, an object or an array gives no header, and the event is delivered',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      const fields = ['absent', 'nothing', 'object', 'array'];
      await topic.subscribe({
        destination: to(hook),
        deliveryAttributeMappings: fields.map((field) => dynamic(`x-${field}`, `data.${field}`)),
      });
      await topic.publish({ id: '1', data: { nothing: null, object: {}, array: [1] } });
      await topic.settled({ delivered: 1 });
      const sent = Object.keys(hook.notifications()[0]!.headers);
      expect(sent.filter((name) => name.startsWith('x-'))).toEqual([]);
    },
  },
  {
    name: 'a value that no header can carry is left out, and the event is delivered',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook), deliveryAttributeMappings: [dynamic('x-note', 'data.note')] });
      const notes = ['two\r\nlines', '\u{1f600}', 'plain'];
      await topic.publish(...notes.map((note, id) => ({ id: String(id), data: { note } })));
      await topic.settled({ delivered: 3 });
      const headers = hook
        .notifications()
        .map(({ headers: sent, body }) => [(body as { id: string }).id, sent['x-note']]);
      expect(Object.fromEntries(headers)).toEqual({ '0': undefined, '1': undefined, '2': 'plain' });
    },
  },
  {
    name: 'delivery attributes do not replace the headers of Event Grid itself',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({
        destination: to(hook),
        deliveryAttributeMappings: [
          fixed('Content-Type', 'text/plain'),
          fixed('Content-Length', '1'),
          fixed('Host', 'x'),
        ],
      });
      await topic.publish('1');
      await topic.settled({ delivered: 1 });
      expect(hook.notifications()[0]?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    },
  },
  refusal(
    'more than ten delivery attributes are refused',
    Array<DeliveryAttributeMapping>(11).fill(fixed('x', '')),
    /at most 10/,
  ),
  refusal('a value of more than 4,096 bytes is refused', [fixed('x', 'ü'.repeat(2049))], /longer than 4096 bytes/),
  refusal(
    'a name that begins with aeg- is refused',
    [fixed('aeg-x', 'y')],
    /"aeg-x" is not allowed \(aeg- is reserved\)/,
  ),
  refusal('a dynamic attribute without source field is refused', [dynamic('x', '')], /needs sourceField/),
];
