import { expect } from 'vitest';
import { AmqpPeer } from '../testing/amqpPeer.ts';
import { collect } from '../testing/receiving.ts';
import { bodies, firstPartition, refusalOf, type Check } from './check.ts';

const KB = 1024;
const NO_RETRY = { retryOptions: { maxRetries: 0, timeoutInMs: 3_000 } };

export const throttlingChecks: Check[] = [
  {
    name: 'sends beyond the throughput units of a namespace are ServerBusyError, and what was accepted is stored',
    async run(stage) {
      const clock = { ms: 0 };
      const test = await stage.broker({ throughput: { units: 1 }, throughputClock: () => clock.ms });
      const hub = await test.hub();
      const producer = test.producer(hub, NO_RETRY);
      const send = () => producer.sendBatch([{ body: Buffer.alloc(600 * KB) }]);
      await send();
      await send();
      const refusal = await refusalOf(send());
      expect(refusal.code).toBe('ServerBusyError');
      expect(refusal.message).toMatch(/is being throttled. Error code : 50002. Please wait \d+ seconds and try again./);
      expect((await test.producer(hub).getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(1);
      clock.ms += 1_000;
      await send();
    },
  },
  {
    name: 'a client that retries gets everything through in the end',
    async run(stage) {
      const test = await stage.broker({ throughput: { units: 2 } });
      const hub = await test.hub();
      const retryOptions = { maxRetries: 50, retryDelayInMs: 100, maxRetryDelayInMs: 100 };
      const producer = test.producer(hub, { retryOptions });
      for (let number = 0; number < 5; number += 1) {
        await producer.sendBatch([{ body: { number, padding: 'x'.repeat(700 * KB) } }]);
      }
      const numbers = bodies(await collect(test.consumer(hub), { count: 5 })).map(
        (body) => (body as { number: number }).number,
      );
      expect(numbers).toEqual([0, 1, 2, 3, 4]);
    },
  },
  {
    name: 'receiving beyond the throughput units is slowed down without an error',
    async run(stage) {
      const clock = { ms: 0 };
      const test = await stage.broker({ accessKey: undefined });
      const hub = await test.hub();
      const texts = Array.from({ length: 6_000 }, (_, number) => ({ body: String(number) }));
      await test.producer(hub).sendBatch(texts);
      await test.broker.stop();
      await test.restart(0, { throughput: { units: 1 }, throughputClock: () => clock.ms });
      const peer = await AmqpPeer.open(test.broker.port);
      const receiver = await peer.receiver(firstPartition(hub));
      const received = peer.receive(receiver, 6_000);
      const delivered = () => test.broker.describe().eventsOut;
      await expect.poll(delivered).toBe(4_096);
      clock.ms += 100;
      await expect.poll(delivered).toBeGreaterThan(4_096 + 400);
      expect(delivered()).toBeLessThan(4_096 + 420);
      clock.ms += 1_000;
      expect(await received).toHaveLength(6_000);
      await peer.close();
    },
  },
  {
    name: 'sends by REST beyond the throughput units are 503',
    async run(stage) {
      const throughput = { throughput: { units: 1 }, throughputClock: () => 0 };
      const test = await stage.broker({ accessKey: undefined, ...throughput });
      const hub = await test.hub();
      const post = async () => {
        const url = `http://127.0.0.1:${test.broker.httpPort}/${hub}/messages`;
        const response = await fetch(url, { method: 'POST', body: Buffer.alloc(900 * KB) });
        return { status: response.status, body: await response.text() };
      };
      expect([(await post()).status, (await post()).status]).toEqual([201, 201]);
      expect(await post()).toMatchObject({ status: 503, body: expect.stringContaining('50002') as string });
    },
  },
  {
    name: 'a namespace without throughput units is never throttled',
    async run({ open }) {
      const hub = await open.hub();
      const producer = open.producer(hub, NO_RETRY);
      for (let batch = 0; batch < 8; batch += 1) {
        await producer.sendBatch(Array.from({ length: 500 }, () => ({ body: Buffer.alloc(1_000) })));
      }
      const peer = await AmqpPeer.open(open.broker.port);
      expect(await peer.receive(await peer.receiver(firstPartition(hub)), 4_000)).toHaveLength(4_000);
      await peer.close();
    },
  },
];
