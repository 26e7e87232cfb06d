import { once } from 'node:events';
import rhea from 'rhea';
import { expect } from 'vitest';
import { Condition } from '../amqp/conditions.ts';
import { AmqpPeer } from '../testing/amqpPeer.ts';
import { AMQP_HEADER, BEGIN, frame, OPEN, SASL_HEADER } from '../testing/frames.ts';
import type { RawPeer } from '../testing/rawPeer.ts';
import { collect } from '../testing/receiving.ts';
import { ACCESS_KEY } from '../testing/testBroker.ts';
import { bodies, firstPartition, type Check, type Stage } from './check.ts';

const OPENED = 0x10;
const BEGUN = 0x11;
const MECHANISMS = 0x40;
const OUTCOME = 0x44;
const AUTHENTICATED = 0;
const FAILED = 1;

/** What the broker says to the first frame with this performative. */
async function answer(peer: RawPeer, performative: number): Promise<unknown[]> {
  await expect.poll(() => peer.frames.some(({ code }) => code === performative)).toBe(true);
  return peer.frames.find(({ code }) => code === performative)?.fields ?? [];
}

/** A broker that waits for nobody. */
function impatient(stage: Stage) {
  return stage.broker({ accessKey: undefined, idleTimeoutMs: 200 });
}

async function outcomeOf(stage: Stage, mechanism: string): Promise<unknown> {
  const peer = await stage.raw();
  peer.send(SASL_HEADER, frame(0x41, [rhea.types.wrap_symbol(mechanism)], { type: 1 }));
  return (await answer(peer, OUTCOME))[0];
}

export const connectionChecks: Check[] = [
  {
    name: 'a connection string with UseDevelopmentEmulator=true reaches the broker without TLS on any port',
    async run({ test }) {
      const hub = await test.hub();
      expect(test.connectionString()).toContain(`:${test.broker.port};`);
      expect(await test.producer(hub).getPartitionIds()).toEqual(['0']);
    },
  },
  {
    name: 'the SASL mechanisms MSSBCBS, ANONYMOUS, PLAIN and EXTERNAL are offered',
    async run(stage) {
      const peer = await stage.raw();
      peer.send(SASL_HEADER);
      expect(await answer(peer, MECHANISMS)).toEqual([['MSSBCBS', 'ANONYMOUS', 'PLAIN', 'EXTERNAL']]);
    },
  },
  {
    name: 'MSSBCBS, ANONYMOUS and EXTERNAL promise tokens by $cbs and succeed, an unknown mechanism fails',
    async run(stage) {
      for (const mechanism of ['MSSBCBS', 'ANONYMOUS', 'EXTERNAL']) {
        expect([mechanism, await outcomeOf(stage, mechanism)]).toEqual([mechanism, AUTHENTICATED]);
      }
      expect(await outcomeOf(stage, 'toString')).toBe(FAILED);
    },
  },
  {
    name: 'PLAIN with name and value of the key gives all rights at once, and fails with any other',
    async run({ test }) {
      const hub = await test.hub();
      const { name, key } = ACCESS_KEY;
      const peer = await AmqpPeer.open(test.broker.port, { username: name, password: key });
      const sender = await peer.sender(hub);
      sender.send({ body: 'plain' });
      await once(sender, 'accepted');
      await peer.close();
      expect(bodies(await collect(test.consumer(hub), { count: 1 }))).toEqual(['plain']);
      const wrong = AmqpPeer.open(test.broker.port, { username: name, password: 'wrong' });
      await expect(wrong).rejects.toMatchObject({ condition: Condition.unauthorized });
    },
  },
  {
    name: 'a client need not wait for the outcome of SASL before it goes on',
    async run(stage) {
      const peer = await stage.raw();
      const init = frame(0x41, [rhea.types.wrap_symbol('ANONYMOUS')], { type: 1 });
      peer.send(SASL_HEADER, init, AMQP_HEADER, OPEN, BEGIN);
      await answer(peer, BEGUN);
    },
  },
  {
    name: 'frames of 2 MiB are announced, so that a lone send of 1 MB fits into one',
    async run(stage) {
      const peer = await stage.raw();
      peer.send(AMQP_HEADER, OPEN);
      const [, , maxFrameSize, channelMax, idleTimeOut] = await answer(peer, OPENED);
      expect({ maxFrameSize, channelMax, idleTimeOut }).toEqual({
        maxFrameSize: 2 * 1024 * 1024,
        channelMax: 4_999,
        idleTimeOut: 60_000,
      });
    },
  },
  {
    name: 'a peer that asks for heartbeats gets them',
    async run(stage) {
      const peer = await stage.raw();
      peer.send(AMQP_HEADER, frame(0x10, ['peer', null, null, null, 200]));
      await expect.poll(() => peer.frames.filter(({ code }) => code === undefined).length).toBeGreaterThan(1);
    },
  },
  {
    name: 'a peer that is silent for twice the announced time is told amqp:resource-limit-exceeded and disconnected',
    async run(stage) {
      const peer = await stage.raw(await impatient(stage));
      peer.send(AMQP_HEADER, OPEN, BEGIN);
      expect(await peer.closeCondition()).toBe(Condition.resourceLimitExceeded);
    },
  },
  {
    name: 'a peer that connects and never opens its connection is disconnected',
    async run(stage) {
      const test = await impatient(stage);
      const [silent, half] = [await stage.raw(test), await stage.raw(test)];
      half.send(SASL_HEADER, AMQP_HEADER.subarray(0, 4));
      expect(await Promise.all([silent.closeCondition(), half.closeCondition()])).toEqual([undefined, undefined]);
    },
  },
  {
    name: 'a peer that sends heartbeats stays connected, however long it sends nothing else',
    async run(stage) {
      const test = await impatient(stage);
      const hub = await test.hub();
      const peer = await stage.peer({}, test);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const sender = await peer.sender(hub);
      sender.send({ body: 'after a pause' });
      await once(sender, 'accepted');
    },
  },
  {
    name: 'one session may carry requests, sending and receiving together',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.peer();
      const replies = await peer.receiver('$management', { target: { address: 'replies' } });
      const requests = await peer.sender('$management');
      const receiver = await peer.receiver(firstPartition(hub));
      const sender = await peer.sender(`${hub}/Partitions/0`);
      for (let round = 0; round < 3; round += 1) {
        const application_properties = { operation: 'READ', type: 'com.microsoft:eventhub', name: hub };
        requests.send({ message_id: 'm', reply_to: 'replies', application_properties, body: null });
        const [{ message }] = await peer.receive(replies, 1);
        expect((message?.body as { name: string }).name).toBe(hub);
        sender.send({ body: `round ${round}` });
        const [event] = await peer.receive(receiver, 1);
        expect(event.message?.body).toBe(`round ${round}`);
      }
    },
  },
];
