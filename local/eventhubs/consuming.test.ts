import { latestEventPosition, type EventPosition } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, Listener } from './testing/receiving.ts';
import { TestBroker } from './testing/testBroker.ts';

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start()));
afterAll(() => test.end());

const bodies = (events: { body: unknown }[]) => events.map(({ body }) => body);

async function hubWith(numbers: number[]): Promise<string> {
  const hub = await test.hub({ groups: ['other'] });
  const producer = test.producer(hub);
  for (const number of numbers) await producer.sendBatch([{ body: number }]);
  return hub;
}

describe('receiving with the official client', () => {
  it('starts at every kind of position', async () => {
    const hub = await hubWith([0, 1, 2, 3, 4, 5]);
    const stored = await collect(test.consumer(hub), { count: 6 });
    const { offset, sequenceNumber } = stored[3];
    const laterTime = Math.min(...stored.slice(3).map(({ enqueuedTimeUtc }) => enqueuedTimeUtc.getTime())) - 1;
    const fromTime = stored.findIndex(({ enqueuedTimeUtc }) => enqueuedTimeUtc.getTime() > laterTime);
    const cases: [EventPosition, number][] = [
      [{ offset: '-1' }, 0],
      [{ offset }, 4],
      [{ offset, isInclusive: true }, 3],
      [{ offset: String(Number(offset) - 1) }, 3],
      [{ sequenceNumber }, 4],
      [{ sequenceNumber, isInclusive: true }, 3],
      [{ sequenceNumber: -1 }, 0],
      [{ enqueuedOn: laterTime }, fromTime],
      [{ enqueuedOn: new Date(0) }, 0],
    ];
    for (const [start, first] of cases) {
      const expected = [0, 1, 2, 3, 4, 5].slice(first);
      const events = await collect(test.consumer(hub), { count: expected.length, partition: '0', start });
      expect(bodies(events), JSON.stringify(start)).toEqual(expected);
    }
  });

  it('delivers from the end on what is sent after the attach', async () => {
    const hub = await hubWith([0, 1]);
    const listener = new Listener(test.consumer(hub), '0', { startPosition: latestEventPosition });
    while ((test.broker.describe().hubs.find(({ name }) => name === hub)?.partitions[0].readers ?? 0) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await test.producer(hub).sendBatch([{ body: 2 }]);
    await listener.until(({ events }) => events.length > 0);
    expect(bodies(listener.events)).toEqual([2]);
    await listener.close();
  });

  it.each<[string, EventPosition, string]>([
    ['an offset that is no number', { offset: 'abc' }, 'abc'],
    ['an offset behind the end', { offset: '100000' }, 'The last offset in the system'],
    ['a sequence number behind the end', { sequenceNumber: 9 }, 'The last sequence number in the system'],
  ])('refuses %s', async (_, start, text) => {
    const hub = await hubWith([0]);
    const received = collect(test.consumer(hub), { count: 1, partition: '0', start });
    await expect(received).rejects.toMatchObject({
      code: 'ArgumentError',
      message: expect.stringContaining(text) as string,
    });
  });

  it('refuses unknown hubs, groups and partitions as Azure does', async () => {
    const hub = await hubWith([0]);
    const receive = (hub: string, group?: string, partition = '0') =>
      collect(test.consumer(hub, group), { count: 1, partition });
    await expect(receive('missing')).rejects.toMatchObject({ code: 'MessagingEntityNotFoundError' });
    await expect(receive(hub, 'missing')).rejects.toMatchObject({ code: 'MessagingEntityNotFoundError' });
    await expect(receive(hub, '$Default', '1')).rejects.toMatchObject({ code: 'ArgumentOutOfRangeError' });
  });

  it('gives every consumer group all events', async () => {
    const hub = await hubWith([0, 1, 2]);
    for (const group of ['$Default', 'other', 'OTHER']) {
      expect(bodies(await collect(test.consumer(hub, group), { count: 3 }))).toEqual([0, 1, 2]);
    }
  });

  it('reports the end of the partition with each event when asked to', async () => {
    const hub = await hubWith([0, 1, 2]);
    const listener = new Listener(test.consumer(hub), '0', { trackLastEnqueuedEventProperties: true });
    await listener.until(({ events }) => events.length === 1);
    const last = await test.producer(hub).getPartitionProperties('0');
    expect(listener.context?.lastEnqueuedEventProperties).toMatchObject({
      sequenceNumber: 2,
      offset: last.lastEnqueuedOffset,
      enqueuedOn: last.lastEnqueuedOnUtc,
      retrievedOn: expect.any(Date) as Date,
    });
    await listener.close();
  });

  it('serves a reader that is far behind from disk while others read the newest events', async () => {
    const small = await TestBroker.start({ cacheBytes: 256 * 1024, segmentBytes: 1024 * 1024 });
    try {
      const hub = await small.hub();
      const producer = small.producer(hub);
      for (let batch = 0; batch < 10; batch += 1) {
        await producer.sendBatch(
          Array.from({ length: 50 }, (_, index) => ({ body: `${batch * 50 + index}`.padEnd(8_000) })),
        );
      }
      const events = await collect(small.consumer(hub), { count: 500 });
      expect(events.map(({ body }) => Number(body))).toEqual(Array.from({ length: 500 }, (_, number) => number));
    } finally {
      await small.end();
    }
  });

  describe('owner levels', () => {
    const owner = (hub: string, ownerLevel?: number) => new Listener(test.consumer(hub), '0', { ownerLevel });

    it.each([
      ['a higher one', 1, 2],
      ['an equal one', 3, 3],
      ['any, when it has none,', undefined, 1],
    ])('hand the partition over to %s', async (_, first, second) => {
      const hub = await hubWith([0]);
      const before = owner(hub, first);
      await before.until(({ events }) => events.length === 1);
      const after = owner(hub, second);
      await before.until(({ errors }) => errors.length > 0);
      expect(before.errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' });
      await before.until(({ closeReasons }) => closeReasons.length > 0);
      expect(before.closeReasons).toEqual(['OwnershipLost']);
      await after.until(({ events }) => events.length === 1);
      await Promise.all([before.close(), after.close()]);
    });

    it.each([
      ['a lower one', 1],
      ['none', undefined],
    ])('refuse %s while a receiver with one is there', async (_, second) => {
      const hub = await hubWith([0]);
      const first = owner(hub, 2);
      await first.until(({ events }) => events.length === 1);
      const refused = owner(hub, second);
      await refused.until(({ errors }) => errors.length > 0);
      expect(refused.errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' });
      await test.producer(hub).sendBatch([{ body: 1 }]);
      await first.until(({ events }) => events.length === 2);
      await Promise.all([first.close(), refused.close()]);
    });

    it('count per consumer group', async () => {
      const hub = await hubWith([0]);
      const listeners = ['$Default', 'other'].map(
        (group) => new Listener(test.consumer(hub, group), '0', { ownerLevel: 1 }),
      );
      for (const listener of listeners) await listener.until(({ events }) => events.length === 1);
      expect(listeners.flatMap(({ errors }) => errors)).toEqual([]);
      await Promise.all(listeners.map((listener) => listener.close()));
    });
  });

  it('lets five receivers without owner level in and refuses the sixth', async () => {
    const hub = await hubWith([0]);
    const five = Array.from({ length: 5 }, () => new Listener(test.consumer(hub), '0'));
    for (const listener of five) await listener.until(({ events }) => events.length === 1);
    const sixth = new Listener(test.consumer(hub), '0');
    await sixth.until(({ errors }) => errors.length > 0);
    expect(sixth.errors[0]).toMatchObject({ code: 'QuotaExceededError' });
    await five[0].close();
    const seventh = new Listener(test.consumer(hub), '0');
    await seventh.until(({ events }) => events.length === 1);
    await Promise.all([...five.slice(1), sixth, seventh].map((listener) => listener.close()));
  });

  it('ends the receivers of a group or hub that is deleted', async () => {
    const hub = await hubWith([0]);
    const listener = new Listener(test.consumer(hub, 'other'), '0');
    await listener.until(({ events }) => events.length === 1);
    await test.broker.deleteConsumerGroup({ hub, name: 'other' });
    await listener.until(({ errors }) => errors.length > 0);
    expect(listener.errors[0]).toMatchObject({ code: 'MessagingEntityNotFoundError' });
    await listener.close();

    const second = new Listener(test.consumer(hub), '0');
    await second.until(({ events }) => events.length === 1);
    await test.broker.deleteHub({ name: hub });
    await second.until(({ errors }) => errors.length > 0);
    expect(second.errors[0]).toMatchObject({ code: 'MessagingEntityNotFoundError' });
    await second.close();
  });
});
