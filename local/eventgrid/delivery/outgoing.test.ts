import { describe, expect, it } from 'vitest';
import type { GridEvent } from '../model.ts';
import { toOutgoing } from './outgoing.ts';

const grid: GridEvent = {
  schema: 'EventGridSchema',
  body: {
    id: '1',
    topic: '/t',
    subject: 's',
    eventType: 'a.b',
    eventTime: '2025-01-31T12:00:00Z',
    dataVersion: '2',
    metadataVersion: '1',
    data: { user: 'u1', count: 3, ok: false, tags: ['a'], none: null },
  },
};

describe('toOutgoing', () => {
  it('maps the Event Grid schema to a CloudEvent', () => {
    const outgoing = toOutgoing({ event: grid, schema: 'CloudEventSchemaV1_0', mappings: [], deliveryCount: 2 });
    expect(outgoing).toEqual({
      schema: 'CloudEventSchemaV1_0',
      deliveryCount: 2,
      attributes: {},
      body: {
        specversion: '1.0',
        id: '1',
        source: '/t',
        type: 'a.b',
        subject: 's',
        time: '2025-01-31T12:00:00Z',
        dataschema: '#2',
        data: grid.body.data,
      },
    });
  });

  it('leaves an event in its own schema as it is, and takes scalars only into attributes', () => {
    const dynamic = (name: string, sourceField: string) => ({ name, type: 'Dynamic' as const, sourceField });
    const outgoing = toOutgoing({
      event: grid,
      schema: 'EventGridSchema',
      mappings: [
        { name: 'fixed', type: 'Static', value: 'v' },
        dynamic('user', 'data.user'),
        dynamic('count', 'data.count'),
        dynamic('ok', 'data.ok'),
        dynamic('tags', 'data.tags'),
        dynamic('none', 'data.none'),
        dynamic('absent', 'data.absent'),
        dynamic('type', 'eventType'),
      ],
      deliveryCount: 0,
    });
    expect(outgoing.body).toBe(grid.body);
    expect(outgoing.attributes).toEqual({ fixed: 'v', user: 'u1', count: '3', ok: 'false', type: 'a.b' });
  });
});
