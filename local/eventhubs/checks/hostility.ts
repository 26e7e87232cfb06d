import { once } from 'node:events';
import fc from 'fast-check';
import rhea, { type EventContext } from 'rhea';
import { expect } from 'vitest';
import { Condition } from '../amqp/conditions.ts';
import { AMQP_HEADER, BEGIN, frame, OPEN, rawFrame, SASL_HEADER } from '../testing/frames.ts';
import { memoryInUse } from '../testing/memory.ts';
import { Listener } from '../testing/receiving.ts';
import type { Check } from './check.ts';

const { described, wrap_ulong: ulong, wrap_list, wrap_binary } = rhea.types;
const DISPOSITION = 0x15;
const opened = Buffer.concat([AMQP_HEADER, OPEN, BEGIN]);

function attachSender(hub: string, handle = 0): Buffer {
  const [source, target] = [0x28, 0x29].map((code) => described(ulong(code), wrap_list([hub])));
  return frame(0x12, [`link-${handle}`, handle, false, null, null, source, target, null, null, 0]);
}

function transfer(id: number, payload: Buffer, more = false): Buffer {
  return frame(0x14, [0, id, wrap_binary(Buffer.from(String(id))), 0, false, more], { payload });
}

/** What a peer sends that breaks the protocol, and the condition that it is told before it is disconnected. */
const BREACHES: [string, Buffer[], string | undefined][] = [
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
    'a flow on an unknown channel',
    [AMQP_HEADER, OPEN, frame(0x13, [0, 1, 0, 1], { channel: 7 })],
    Condition.notAllowed,
  ],
  ['a second open', [opened, OPEN], Condition.notAllowed],
  ['a second attach of the same link', [opened, attachSender('none'), attachSender('none')], Condition.notAllowed],
  ['an unbelievable frame size', [AMQP_HEADER, frame(0x10, ['peer', null, 100])], Condition.invalidField],
  ['an unbelievable heartbeat', [AMQP_HEADER, frame(0x10, ['peer', null, null, null, 1])], Condition.invalidField],
  ['a number where a text belongs', [opened, frame(0x12, [ulong(1), 0, false])], Condition.invalidField],
];

export const hostilityChecks: Check[] = [
  ...BREACHES.map(([what, parts, condition]): Check => ({
    name: `a peer that sends ${what} is ${condition ? `told ${condition} and ` : ''}disconnected`,
    async run(stage) {
      const peer = await stage.raw();
      peer.send(...parts);
      expect(await peer.closeCondition()).toBe(condition);
    },
  })),
  {
    name: 'another protocol is answered with the header of the one that the broker wants',
    async run(stage) {
      const peer = await stage.raw();
      peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      await peer.closeCondition();
      expect(peer.received.equals(SASL_HEADER)).toBe(true);
    },
  },
  {
    name: 'whatever bytes a peer sends, other clients do not notice',
    async run(stage) {
      const hub = await stage.open.hub();
      const listener = new Listener(stage.open.consumer(hub), '0');
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.boolean(), async (bytes, framed) => {
          const peer = await stage.raw();
          peer.send(opened, attachSender(hub), framed ? rawFrame(Buffer.from(bytes)) : Buffer.from(bytes));
          peer.socket.end();
          await peer.closeCondition();
        }),
        { numRuns: 100 },
      );
      await stage.open.producer(hub).sendBatch([{ body: 'still here' }]);
      await listener.until(({ events }) => events.length === 1);
      expect(listener.errors).toEqual([]);
      await listener.close();
    },
  },
  {
    name: 'a peer that sends more than it has credit for is told amqp:link:transfer-limit-exceeded and disconnected',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.raw();
      const messages = Array.from({ length: 2_000 }, (_, id) => transfer(id, Buffer.from('00537740', 'hex')));
      peer.send(opened, attachSender(hub), ...messages);
      expect(await peer.closeCondition()).toBe(Condition.transferLimitExceeded);
    },
  },
  {
    name: 'of a message without end no more is kept than a message may have, and it is refused',
    async run(stage) {
      const hub = await stage.open.hub();
      const peer = await stage.raw();
      peer.send(opened, attachSender(hub));
      const before = memoryInUse();
      const part = transfer(0, Buffer.alloc(500_000), true);
      for (let count = 0; count < 100; count += 1) {
        peer.send(part);
        if (peer.socket.writableNeedDrain) await once(peer.socket, 'drain');
      }
      await expect.poll(() => memoryInUse() - before).toBeLessThan(20_000_000);
      peer.send(transfer(0, Buffer.alloc(1)));
      await expect.poll(() => peer.frames.some(({ code }) => code === DISPOSITION)).toBe(true);
    },
  },
  {
    name: 'a message that is none is rejected with amqp:decode-error, and its sender may go on',
    async run(stage) {
      const hub = await stage.open.hub();
      const sender = await (await stage.peer()).sender(hub);
      sender.send(Buffer.from('no message'), undefined, 0x80013700);
      const [{ delivery }] = (await once(sender, 'rejected')) as EventContext[];
      expect(delivery?.remote_state?.error).toMatchObject({ condition: Condition.decodeError });
      sender.send({ body: rhea.message.data_section(Buffer.from('good')) });
      await once(sender, 'accepted');
    },
  },
];
