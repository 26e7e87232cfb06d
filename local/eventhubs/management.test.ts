import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestBroker } from './testing/testBroker.ts';

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start()));
afterAll(() => test.end());

describe('$management with the official client', () => {
  it('describes a hub', async () => {
    const before = Date.now();
    const hub = await test.hub({ partitionCount: 3 });
    const client = test.producer(hub);
    const properties = await client.getEventHubProperties();
    expect(properties).toMatchObject({ name: hub, partitionIds: ['0', '1', '2'] });
    expect(properties.createdOn.getTime()).toBeGreaterThanOrEqual(before);
    expect(await client.getPartitionIds()).toEqual(['0', '1', '2']);
  });

  it('describes partitions, empty ones too', async () => {
    const hub = await test.hub({ partitionCount: 2 });
    const client = test.producer(hub);
    await client.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
    expect(await client.getPartitionProperties('0')).toMatchObject({
      isEmpty: true,
      beginningSequenceNumber: 0,
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: '-1',
    });
    const filled = await client.getPartitionProperties('1');
    expect(filled).toMatchObject({ isEmpty: false, beginningSequenceNumber: 0, lastEnqueuedSequenceNumber: 1 });
    expect(Number(filled.lastEnqueuedOffset)).toBeGreaterThan(0);
    expect(Math.abs(Date.now() - filled.lastEnqueuedOnUtc.getTime())).toBeLessThan(60_000);
  });

  it('refuses unknown hubs and partitions', async () => {
    const hub = await test.hub();
    await expect(test.producer('missing').getEventHubProperties()).rejects.toMatchObject({
      code: 'MessagingEntityNotFoundError',
    });
    await expect(test.producer(hub).getPartitionProperties('7')).rejects.toThrow("partition '7' is invalid");
    await expect(test.producer(hub).getPartitionProperties('x')).rejects.toThrow('is invalid');
  });
});
