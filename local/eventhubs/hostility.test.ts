import { once } from 'node:events';
import fc from 'fast-check';
import rhea from 'rhea';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { AmqpPeer } from './testing/amqpPeer.ts';
import { AMQP_HEADER, BEGIN, frame, OPEN, rawFrame, SASL_HEADER } from './testing/frames.ts';
import { memoryInUse } from './testing/memory.ts';
import { RawPeer } from './testing/rawPeer.ts';
import { Listener } from './testing/receiving.ts';
import { TestBroker } from './testing/testBroker.ts';

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start({ accessKey: undefined, idleTimeoutMs: 200 })));
afterAll(() => test.end());

const { described, wrap_ulong, wrap_list, wrap_binary, wrap_ulong: ulong } = rhea.types;
const opened = Buffer.concat([AMQP_HEADER, OPEN, BEGIN]);

function attachSender(hub: string, handle = 0): Buffer {
  const [source, target] = [0x28, 0x29].map((code) => described(wrap_ulong(code), wrap_list([hub])));
  return frame(0x12, [`link-${handle}`, handle, false, null, null, source, target, null, null, 0]);
}

function transfer(id: number, payload: Buffer, more = false): Buffer {
  return frame(0x14, [0, id, wrap_binary(Buffer.from(String(id))), 0, false, more], { payload });
}

describe('peers that break the protocol', () => {
  it.each<[string, Buffer[], string | undefined]>([
    ['HTTP', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], undefined],
    ['nonsense in the SASL layer', [SASL_HEADER, rawFrame(Buffer.from('hello'), { type: 1 })], undefined],
    ['nonsense behind the header', [AMQP_HEADER, Buffer.from('ffffffffffffffff', 'hex')], Condition.framingError],
    ['a frame that claims 4 GB', [opened, Buffer.from('ffffffff02000000', 'hex')], Condition.framingError],
    ['a frame that is no performative', [opened, rawFrame(Buffer.alloc(100, 0x40))], Condition.decodeError],
    ['nesting without end', [opened, rawFrame(Buffer.alloc(100_000))], Condition.decodeError],
    [
      'an array of 4 billion nulls',
      [opened, rawFrame(Buffer.from('005313d00000000f00000001f00000000affffffff4000000000', 'hex'))],
      Condition.decodeError,
    ],
    ['a transfer on a handle that is not attached', [opened, transfer(0, Buffer.alloc(1))], Condition.notAllowed],
    [
      'a flow on a channel without session',
      [AMQP_HEADER, OPEN, frame(0x13, [0, 1, 0, 1], { channel: 7 })],
      Condition.notAllowed,
    ],
    ['a second open', [opened, OPEN], Condition.notAllowed],
    ['a second attach of the same link', [opened, attachSender('none'), attachSender('none')], Condition.notAllowed],
    ['an unbelievable frame size', [AMQP_HEADER, frame(0x10, ['peer', null, 100])], Condition.invalidField],
    ['an unbelievable heartbeat', [AMQP_HEADER, frame(0x10, ['peer', null, null, null, 1])], Condition.invalidField],
    ['a number where a text belongs', [opened, frame(0x12, [ulong(1), 0, false])], Condition.invalidField],
  ])('that sends %s is told and disconnected', async (_, parts, condition) => {
    const peer = await RawPeer.open(test.broker.port);
    peer.send(...parts);
    expect(await peer.closeCondition()).toBe(condition);
  });

  it('answers another protocol with the header of its own', async () => {
    const peer = await RawPeer.open(test.broker.port);
    peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await peer.closeCondition();
    expect(peer.received.equals(SASL_HEADER)).toBe(true);
  });

  it('does not disturb others, whatever bytes come', async () => {
    const hub = await test.hub();
    const listener = new Listener(test.consumer(hub), '0');
    const producer = test.producer(hub);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.boolean(), async (bytes, framed) => {
        const peer = await RawPeer.open(test.broker.port);
        peer.send(opened, attachSender(hub), framed ? rawFrame(Buffer.from(bytes)) : Buffer.from(bytes));
        peer.socket.end();
        await peer.closeCondition();
      }),
      { numRuns: 100 },
    );
    await producer.sendBatch([{ body: 'still here' }]);
    await listener.until(({ events }) => events.length === 1);
    expect(listener.errors).toEqual([]);
    await listener.close();
  });

  it('disconnects a peer that sends more than it has credit for', async () => {
    const hub = await test.hub();
    const peer = await RawPeer.open(test.broker.port);
    const messages = Array.from({ length: 2_000 }, (_, id) => transfer(id, Buffer.from('00537740', 'hex')));
    peer.send(opened, attachSender(hub), ...messages);
    expect(await peer.closeCondition()).toBe(Condition.transferLimitExceeded);
  });

  it('keeps no more of an endless message than a message may have', async () => {
    const hub = await test.hub();
    const peer = await RawPeer.open(test.broker.port);
    peer.send(opened, attachSender(hub));
    const before = memoryInUse();
    const part = transfer(0, Buffer.alloc(500_000), true);
    for (let count = 0; count < 100; count += 1) {
      peer.send(part);
      if (peer.socket.writableNeedDrain) await once(peer.socket, 'drain');
    }
    await expect.poll(() => memoryInUse() - before).toBeLessThan(20_000_000);
    peer.send(transfer(0, Buffer.alloc(1)));
    const disposition = 0x15;
    await expect.poll(() => peer.frames.some(({ code }) => code === disposition)).toBe(true);
    peer.socket.destroy();
  });

  it('lets go of what a lost peer held', async () => {
    const hub = await test.hub();
    const address = `${hub}/ConsumerGroups/$Default/Partitions/0`;
    const peers = await Promise.all(Array.from({ length: 5 }, () => AmqpPeer.open(test.broker.port)));
    for (const peer of peers) await peer.receiver(address);
    const late = await AmqpPeer.open(test.broker.port);
    await expect(late.receiver(address)).rejects.toMatchObject({ condition: Condition.resourceLimitExceeded });
    (peers[0].connection as unknown as { socket: { destroy(): void } }).socket.destroy();
    await expect
      .poll(() =>
        late.receiver(address).then(
          () => 'attached',
          () => 'refused',
        ),
      )
      .toBe('attached');
    await Promise.all([...peers.slice(1), late].map((peer) => peer.close()));
  });
});

describe('silence', () => {
  it('is broken by heartbeats for a peer that asks for them', async () => {
    const peer = await RawPeer.open(test.broker.port);
    peer.send(AMQP_HEADER, frame(0x10, ['peer', null, null, null, 200]));
    await expect.poll(() => peer.frames.filter(({ code }) => code === undefined).length).toBeGreaterThan(1);
    peer.socket.destroy();
  });

  it('of a peer that ought to send heartbeats ends its connection', async () => {
    const peer = await RawPeer.open(test.broker.port);
    peer.send(opened);
    expect(await peer.closeCondition()).toBe(Condition.resourceLimitExceeded);
  });

  it('does not end a connection whose peer sends heartbeats', async () => {
    const hub = await test.hub();
    const peer = await AmqpPeer.open(test.broker.port);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const sender = await peer.sender(hub);
    sender.send({ body: 'after a pause' });
    await once(sender, 'accepted');
    await peer.close();
  });
});

describe('beginnings', () => {
  it('need not wait for the outcome of SASL', async () => {
    const peer = await RawPeer.open(test.broker.port);
    const init = frame(0x41, [rhea.types.wrap_symbol('ANONYMOUS')], { type: 1 });
    peer.send(SASL_HEADER, init, AMQP_HEADER, OPEN, BEGIN);
    const begin = 0x11;
    await expect.poll(() => peer.frames.some(({ code }) => code === begin)).toBe(true);
    peer.socket.destroy();
  });

  it.each(['MSSBCBS', 'EXTERNAL'])('may use the mechanism %s', async (mechanism) => {
    const peer = await RawPeer.open(test.broker.port);
    peer.send(SASL_HEADER, frame(0x41, [rhea.types.wrap_symbol(mechanism)], { type: 1 }));
    const outcome = 0x44;
    await expect.poll(() => peer.frames.find(({ code }) => code === outcome)?.fields[0]).toBe(0);
    peer.socket.destroy();
  });

  it('with an unknown mechanism fail', async () => {
    const peer = await RawPeer.open(test.broker.port);
    peer.send(SASL_HEADER, frame(0x41, [rhea.types.wrap_symbol('toString')], { type: 1 }));
    const outcome = 0x44;
    await expect.poll(() => peer.frames.find(({ code }) => code === outcome)?.fields[0]).toBe(1);
    peer.socket.destroy();
  });
});
