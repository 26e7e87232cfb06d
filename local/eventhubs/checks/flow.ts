import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { EventContext } from 'rhea';
import { expect } from 'vitest';
import { memoryInUse } from '../testing/memory.ts';
import { collect } from '../testing/receiving.ts';
import type { TestBroker } from '../testing/testBroker.ts';
import { firstPartition, type Check } from './check.ts';

const SETTLED = 1;
const UNSETTLED = 0;
const SECOND = 1;

async function hubWith(test: TestBroker, ...texts: string[]): Promise<string> {
  const hub = await test.hub();
  if (texts.length > 0) await test.producer(hub).sendBatch(texts.map((text) => ({ body: Buffer.from(text) })));
  return hub;
}

const contents = (contexts: EventContext[]) =>
  contexts.map(({ message }) => (message?.body as { content: Buffer }).content.toString());

export const flowChecks: Check[] = [
  {
    name: 'a receiver gets no more events than it has given credit for',
    async run(stage) {
      const hub = await hubWith(stage.open, 'a', 'b', 'c', 'd', 'e');
      const receiver = await (await stage.peer()).receiver(firstPartition(hub));
      const received: EventContext[] = [];
      receiver.on('message', (context: EventContext) => received.push(context));
      receiver.add_credit(2);
      await expect.poll(() => received.length).toBe(2);
      await collect(stage.open.consumer(hub), { count: 5 });
      expect(received).toHaveLength(2);
      receiver.add_credit(3);
      await expect.poll(() => received.length).toBe(5);
      expect(contents(received)).toEqual(['a', 'b', 'c', 'd', 'e']);
    },
  },
  {
    name: 'a receiver that drains its credit gets what there is and the rest of its credit back',
    async run(stage) {
      const hub = await hubWith(stage.open, 'a', 'b');
      const receiver = await (await stage.peer()).receiver(firstPartition(hub));
      const received: EventContext[] = [];
      receiver.on('message', (context: EventContext) => received.push(context));
      receiver.add_credit(10);
      receiver.drain_credit();
      await once(receiver, 'receiver_drained');
      expect(contents(received)).toEqual(['a', 'b']);
    },
  },
  {
    name: 'more events than a session window takes are sent as the window opens',
    async run(stage) {
      const texts = Array.from({ length: 5_000 }, (_, index) => String(index));
      const hub = await hubWith(stage.open, ...texts);
      const peer = await stage.peer({ session_buffer_size: 64 });
      const receiver = await peer.receiver(firstPartition(hub));
      expect(contents(await peer.receive(receiver, 5_000))).toEqual(texts);
    },
  },
  {
    name: 'a large event is delivered in fragments to a receiver with a small max-frame-size',
    async run(stage) {
      const large = 'x'.repeat(300_000);
      const hub = await hubWith(stage.open, 'small', large, 'small again');
      for (const max_frame_size of [512, 4_096]) {
        const peer = await stage.peer({ max_frame_size });
        const receiver = await peer.receiver(firstPartition(hub));
        expect(contents(await peer.receive(receiver, 3))).toEqual(['small', large, 'small again']);
      }
    },
  },
  {
    name: 'events come settled, or unsettled to a receiver that asks for it',
    async run(stage) {
      const modes: [object, boolean][] = [
        [{ snd_settle_mode: SETTLED }, true],
        [{}, true],
        [{ snd_settle_mode: UNSETTLED }, false],
      ];
      for (const [mode, settled] of modes) {
        const hub = await hubWith(stage.open, 'a', 'b');
        const peer = await stage.peer();
        const receiver = await peer.receiver(firstPartition(hub), mode as Record<string, unknown>);
        const contexts = await peer.receive(receiver, 2);
        expect(contexts.map(({ delivery }) => delivery?.remote_settled)).toEqual([settled, settled]);
      }
    },
  },
  {
    name: 'more unsettled events may be open than the 2,048 that AMQP libraries keep places for',
    async run(stage) {
      const hub = await hubWith(stage.open, ...Array.from({ length: 3_000 }, (_, index) => String(index)));
      const options = { snd_settle_mode: UNSETTLED, autoaccept: false };
      const peer = await stage.peer({ session_buffer_size: 4_096 });
      const receiver = await peer.receiver(firstPartition(hub), options);
      const contexts = await peer.receive(receiver, 3_000);
      expect(contexts.filter(({ delivery }) => delivery?.remote_settled)).toHaveLength(0);
      for (const { delivery } of contexts) delivery?.accept();
    },
  },
  {
    name: 'a receiver that settles second hears that the broker has settled as well',
    async run(stage) {
      const hub = await hubWith(stage.open, 'a');
      const peer = await stage.peer();
      const options = { snd_settle_mode: UNSETTLED, rcv_settle_mode: SECOND, autoaccept: false };
      const receiver = await peer.receiver(firstPartition(hub), options);
      const [{ delivery }] = await peer.receive(receiver, 1);
      const settled = once(receiver, 'settled');
      delivery?.accept();
      await settled;
      expect(delivery?.remote_settled).toBe(true);
    },
  },
  {
    name: 'a receiver that stops reading does not make the broker hold its events in memory',
    async run(stage) {
      const hub = await hubWith(stage.open);
      const producer = stage.open.producer(hub);
      for (let batch = 0; batch < 40; batch += 1) {
        await producer.sendBatch(Array.from({ length: 25 }, () => ({ body: Buffer.alloc(40_000) })));
      }
      const peer = await stage.peer();
      const receiver = await peer.receiver(firstPartition(hub));
      let received = 0;
      receiver.on('message', () => (received += 1));
      const before = memoryInUse();
      const { socket } = peer.connection as unknown as { socket: Socket };
      receiver.add_credit(1_000);
      await expect.poll(() => received).toBeGreaterThan(0);
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(received).toBeLessThan(1_000);
      // What was on its way when the receiver stopped is let go a moment later; all that waits would be 40 MB.
      await expect.poll(() => memoryInUse() - before, { timeout: 10_000 }).toBeLessThan(20_000_000);
      socket.resume();
      await expect.poll(() => received).toBe(1_000);
    },
  },
];
