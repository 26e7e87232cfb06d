import { expect } from 'vitest';
import { Condition } from '../amqp/conditions.ts';
import { AmqpPeer } from '../testing/amqpPeer.ts';
import { Listener } from '../testing/receiving.ts';
import type { TestBroker } from '../testing/testBroker.ts';
import { firstPartition, type Check } from './check.ts';

async function hubWithOne(test: TestBroker): Promise<string> {
  const hub = await test.hub({ groups: ['other'] });
  await test.producer(hub).sendBatch([{ body: 0 }]);
  return hub;
}

function owner(test: TestBroker, hub: string, ownerLevel?: number): Listener {
  return new Listener(test.consumer(hub), '0', { ownerLevel });
}

/** A reader with the first level loses the partition to one with the second. */
async function expectStolen({ test }: { test: TestBroker }, first: number | undefined, second: number): Promise<void> {
  const hub = await hubWithOne(test);
  const before = owner(test, hub, first);
  await before.until(({ events }) => events.length === 1);
  const after = owner(test, hub, second);
  await before.until(({ errors }) => errors.length > 0);
  expect(before.errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' });
  await before.until(({ closeReasons }) => closeReasons.length > 0);
  expect(before.closeReasons).toEqual(['OwnershipLost']);
  await after.until(({ events }) => events.length === 1);
  await Promise.all([before.close(), after.close()]);
}

/** A reader with this level is refused while one with level 2 is there, which goes on. */
async function expectRefused({ test }: { test: TestBroker }, level: number | undefined): Promise<void> {
  const hub = await hubWithOne(test);
  const first = owner(test, hub, 2);
  await first.until(({ events }) => events.length === 1);
  const refused = owner(test, hub, level);
  await refused.until(({ errors }) => errors.length > 0);
  expect(refused.errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' });
  await test.producer(hub).sendBatch([{ body: 1 }]);
  await first.until(({ events }) => events.length === 2);
  await Promise.all([first.close(), refused.close()]);
}

export const epochChecks: Check[] = [
  {
    name: 'a higher epoch closes the open reader with amqp:link:stolen',
    run: (stage) => expectStolen(stage, 1, 2),
  },
  {
    name: 'an equal epoch closes the open reader too, so that load balancing can move a partition',
    run: (stage) => expectStolen(stage, 3, 3),
  },
  {
    name: 'any epoch closes open readers without one',
    run: (stage) => expectStolen(stage, undefined, 1),
  },
  {
    name: 'a lower epoch is refused while a reader with a higher one is there',
    run: (stage) => expectRefused(stage, 1),
  },
  {
    name: 'a reader without epoch is refused while one with an epoch is there',
    run: (stage) => expectRefused(stage, undefined),
  },
  {
    name: 'epochs count within their consumer group only',
    async run({ test }) {
      const hub = await hubWithOne(test);
      const listeners = ['$Default', 'other'].map(
        (group) => new Listener(test.consumer(hub, group), '0', { ownerLevel: 1 }),
      );
      for (const listener of listeners) await listener.until(({ events }) => events.length === 1);
      expect(listeners.flatMap(({ errors }) => errors)).toEqual([]);
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  },
  {
    name: 'five readers without epoch are let in and the sixth is QuotaExceededError until one leaves',
    async run({ test }) {
      const hub = await hubWithOne(test);
      const five = Array.from({ length: 5 }, () => owner(test, hub));
      for (const listener of five) await listener.until(({ events }) => events.length === 1);
      const sixth = owner(test, hub);
      await sixth.until(({ errors }) => errors.length > 0);
      expect(sixth.errors[0]).toMatchObject({ code: 'QuotaExceededError' });
      await five[0].close();
      const seventh = owner(test, hub);
      await seventh.until(({ events }) => events.length === 1);
      await Promise.all([...five.slice(1), sixth, seventh].map((listener) => listener.close()));
    },
  },
  {
    name: 'a reader whose connection is lost gives its place free',
    async run({ open }) {
      const address = firstPartition(await open.hub());
      const peers = await Promise.all(Array.from({ length: 5 }, () => AmqpPeer.open(open.broker.port)));
      for (const peer of peers) await peer.receiver(address);
      const late = await AmqpPeer.open(open.broker.port);
      await expect(late.receiver(address)).rejects.toMatchObject({ condition: Condition.resourceLimitExceeded });
      (peers[0].connection as unknown as { socket: { destroy(): void } }).socket.destroy();
      const attempt = () => late.receiver(address).then(Boolean, () => false);
      await expect.poll(attempt).toBe(true);
      await Promise.all([...peers.slice(1), late].map((peer) => peer.close()));
    },
  },
  {
    name: 'an epoch that is no whole number from 0 on is refused with com.microsoft:argument-error',
    async run(stage) {
      const hub = await stage.open.hub();
      const options = { properties: { 'com.microsoft:epoch': -1 } };
      const refused = (await stage.peer()).receiver(firstPartition(hub), options);
      await expect(refused).rejects.toMatchObject({ condition: Condition.argumentError });
    },
  },
];
