import { once } from 'node:events';
import type { Socket } from 'node:net';
import rhea, { type EventContext } from 'rhea';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { AmqpPeer } from './testing/amqpPeer.ts';
import { memoryInUse } from './testing/memory.ts';
import { collect } from './testing/receiving.ts';
import { TestBroker } from './testing/testBroker.ts';

const { data_section, encode } = rhea.message;
const SETTLED = 1;
const UNSETTLED = 0;
const SECOND = 1;

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start({ accessKey: undefined })));
afterAll(() => test.end());

const partition = (hub: string) => `${hub}/ConsumerGroups/$Default/Partitions/0`;
const bodies = (contexts: EventContext[]) =>
  contexts.map(({ message }) => (message?.body as { content: Buffer }).content.toString());

async function hubWith(...texts: string[]): Promise<string> {
  const hub = await test.hub();
  if (texts.length > 0) await test.producer(hub).sendBatch(texts.map((text) => ({ body: Buffer.from(text) })));
  return hub;
}

describe('clients that use the protocol in other ways', () => {
  it('send single messages, of format 0', async () => {
    const hub = await hubWith();
    const peer = await AmqpPeer.open(test.broker.port);
    const sender = await peer.sender(hub);
    sender.send({ body: data_section(Buffer.from('one')), message_annotations: { 'x-opt-partition-key': 'k' } });
    await once(sender, 'accepted');
    const [event] = await collect(test.consumer(hub), { count: 1 });
    expect([String(event.body), event.partitionKey]).toEqual(['one', 'k']);
    await peer.close();
  });

  it('take large events in small frames', async () => {
    const large = 'x'.repeat(300_000);
    const hub = await hubWith('small', large, 'small again');
    const peer = await AmqpPeer.open(test.broker.port, { max_frame_size: 4_096 });
    const receiver = await peer.receiver(partition(hub));
    expect(bodies(await peer.receive(receiver, 3))).toEqual(['small', large, 'small again']);
    await peer.close();
  });

  it('send large events in small frames', async () => {
    const hub = await hubWith();
    const peer = await AmqpPeer.open(test.broker.port);
    // rhea cuts its messages by what the other side has announced.
    (peer.connection as unknown as { remote: { open: object } }).remote.open = { max_frame_size: 2_000 };
    const sender = await peer.sender(hub);
    for (const text of ['a'.repeat(50_000), 'b'.repeat(70_000)]) sender.send({ body: data_section(Buffer.from(text)) });
    await once(sender, 'accepted');
    const events = await collect(test.consumer(hub), { count: 2 });
    expect(events.map(({ body }) => String(body))).toEqual(['a'.repeat(50_000), 'b'.repeat(70_000)]);
    await peer.close();
  });

  it.each([
    ['settled by the broker', { snd_settle_mode: SETTLED }, true],
    ['in the mode that leaves the choice to the broker', {}, true],
    ['unsettled', { snd_settle_mode: UNSETTLED }, false],
  ])('get events %s', async (_, mode, settled) => {
    const hub = await hubWith('a', 'b');
    const peer = await AmqpPeer.open(test.broker.port);
    const receiver = await peer.receiver(partition(hub), mode);
    const contexts = await peer.receive(receiver, 2);
    expect(contexts.map(({ delivery }) => delivery?.remote_settled)).toEqual([settled, settled]);
    await peer.close();
  });

  it('settle second: the broker settles what they have accepted', async () => {
    const hub = await hubWith('a');
    const peer = await AmqpPeer.open(test.broker.port);
    const options = { snd_settle_mode: UNSETTLED, rcv_settle_mode: SECOND, autoaccept: false };
    const receiver = await peer.receiver(partition(hub), options);
    const [{ delivery }] = await peer.receive(receiver, 1);
    const settled = once(receiver, 'settled');
    delivery?.accept();
    await settled;
    expect(delivery?.remote_settled).toBe(true);
    await peer.close();
  });

  it('get no more events than they have given credit for', async () => {
    const hub = await hubWith('a', 'b', 'c', 'd', 'e');
    const peer = await AmqpPeer.open(test.broker.port);
    const receiver = await peer.receiver(partition(hub));
    const received: EventContext[] = [];
    receiver.on('message', (context: EventContext) => received.push(context));
    receiver.add_credit(2);
    await expect.poll(() => received.length).toBe(2);
    await collect(test.consumer(hub), { count: 5 });
    expect(received).toHaveLength(2);
    receiver.add_credit(3);
    await expect.poll(() => received.length).toBe(5);
    expect(bodies(received)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await peer.close();
  });

  it('get more events than a session window takes at once', async () => {
    const texts = Array.from({ length: 5_000 }, (_, index) => String(index));
    const hub = await hubWith(...texts);
    const peer = await AmqpPeer.open(test.broker.port, { session_buffer_size: 64 });
    const receiver = await peer.receiver(partition(hub));
    expect(bodies(await peer.receive(receiver, 5_000))).toEqual(texts);
    await peer.close();
  });

  it('that stop reading do not make the broker hold their events in memory', async () => {
    const hub = await hubWith();
    const producer = test.producer(hub);
    for (let batch = 0; batch < 40; batch += 1) {
      await producer.sendBatch(Array.from({ length: 25 }, () => ({ body: Buffer.alloc(40_000) })));
    }
    const peer = await AmqpPeer.open(test.broker.port);
    const receiver = await peer.receiver(partition(hub));
    let received = 0;
    receiver.on('message', () => (received += 1));
    const before = memoryInUse();
    const { socket } = peer.connection as unknown as { socket: Socket };
    receiver.add_credit(1_000);
    await expect.poll(() => received).toBeGreaterThan(0);
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(received).toBeLessThan(1_000);
    expect(memoryInUse() - before).toBeLessThan(20_000_000);
    socket.resume();
    await expect.poll(() => received).toBe(1_000);
    await peer.close();
  });

  it('drain their credit', async () => {
    const hub = await hubWith('a', 'b');
    const peer = await AmqpPeer.open(test.broker.port);
    const receiver = await peer.receiver(partition(hub));
    const received: EventContext[] = [];
    receiver.on('message', (context: EventContext) => received.push(context));
    receiver.add_credit(10);
    receiver.drain_credit();
    await once(receiver, 'receiver_drained');
    expect(bodies(received)).toEqual(['a', 'b']);
    await peer.close();
  });

  it('use one session for requests, sending and receiving', async () => {
    const hub = await hubWith();
    const peer = await AmqpPeer.open(test.broker.port);
    const replies = await peer.receiver('$management', { target: { address: 'replies' } });
    const requests = await peer.sender('$management');
    const receiver = await peer.receiver(partition(hub));
    const sender = await peer.sender(`${hub}/Partitions/0`);
    const ask = async () => {
      const application_properties = { operation: 'READ', type: 'com.microsoft:eventhub', name: hub };
      requests.send({ message_id: 'm', reply_to: 'replies', application_properties, body: null });
      return (await peer.receive(replies, 1))[0].message?.body as { name: string };
    };
    for (let round = 0; round < 3; round += 1) {
      expect((await ask()).name).toBe(hub);
      sender.send({ body: data_section(Buffer.from(`round ${round}`)) });
      expect(bodies(await peer.receive(receiver, 1))).toEqual([`round ${round}`]);
    }
    await peer.close();
  });

  it('hear an AMQP error for a message that is none, and may go on', async () => {
    const hub = await hubWith();
    const peer = await AmqpPeer.open(test.broker.port);
    const sender = await peer.sender(hub);
    sender.send(Buffer.from('no message'), undefined, 0x80013700);
    const [{ delivery }] = (await once(sender, 'rejected')) as EventContext[];
    expect(delivery?.remote_state?.error).toMatchObject({ condition: Condition.decodeError });
    sender.send({ body: data_section(Buffer.from('good')) });
    await once(sender, 'accepted');
    await peer.close();
  });

  it('are told when an aborted message was not stored', async () => {
    const hub = await hubWith();
    const peer = await AmqpPeer.open(test.broker.port);
    const sender = await peer.sender(hub);
    const { local, session } = sender as unknown as {
      local: { handle: number };
      session: { output(frame: unknown, payload?: Buffer): void; outgoing: { next_delivery_id: number } };
    };
    const frames = (await import('rhea/lib/frames.js' as string)) as { default: { transfer(fields: object): unknown } };
    const part = encode({ body: data_section(Buffer.from('never finished')) }).subarray(0, 10);
    const start = { handle: local.handle, delivery_id: 0, delivery_tag: Buffer.from('t'), message_format: 0 };
    session.output(frames.default.transfer({ ...start, more: true }), part);
    session.output(frames.default.transfer({ handle: local.handle, aborted: true }));
    session.outgoing.next_delivery_id = 1;
    Object.assign(session.outgoing, { next_pending_delivery: 1 });
    sender.send({ body: data_section(Buffer.from('stored')) });
    await once(sender, 'accepted');
    const events = await collect(test.consumer(hub), { count: 1 });
    expect(events.map(({ body }) => String(body))).toEqual(['stored']);
    await peer.close();
  });

  it('are refused nodes that do not exist or do not fit', async () => {
    const hub = await hubWith();
    const peer = await AmqpPeer.open(test.broker.port);
    const refusal = (condition: Condition) => ({ condition });
    await expect(peer.sender('$other')).rejects.toMatchObject(refusal(Condition.notFound));
    await expect(peer.sender(partition(hub))).rejects.toMatchObject(refusal(Condition.notAllowed));
    await expect(peer.receiver(hub)).rejects.toMatchObject(refusal(Condition.notFound));
    await expect(peer.receiver(`${hub}/ConsumerGroups/$Default/Partitions/x`)).rejects.toMatchObject(
      refusal(Condition.argumentOutOfRange),
    );
    const options = { properties: { 'com.microsoft:epoch': -1 } };
    await expect(peer.receiver(partition(hub), options)).rejects.toMatchObject(refusal(Condition.argumentError));
    await peer.close();
  });
});
