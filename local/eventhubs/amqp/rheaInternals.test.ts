import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import rhea, { type Connection, type EventContext, type Receiver, type Sender, type Session } from 'rhea';
import { beforeEach, describe, expect, it } from 'vitest';
import { AMQP_HEADER, BEGIN, frame, OPEN } from '../testing/frames.ts';
import {
  acceptConnection,
  answerAttach,
  channelOf,
  countDelivery,
  countTransfer,
  creditOf,
  echoedTermini,
  handleOf,
  isDraining,
  remoteAttach,
  reportDrained,
  tapSession,
  transferWindow,
  writePending,
  type Fields,
  type Frame,
  type RheaSocket,
} from './rheaInternals.ts';

/** Collects what rhea writes. */
class TestSocket extends EventEmitter implements RheaSocket {
  written: Buffer[] = [];
  ended = false;
  write(bytes: Buffer): void {
    this.written.push(Buffer.from(bytes));
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.ended = true;
  }
  get_id_string(): string {
    return 'test';
  }
}

const LIMITS = { container_id: 'broker', max_frame_size: 4_096, channel_max: 20, idle_time_out: 60_000 };
const { described, wrap_ulong, wrap_list, wrap_symbolic_map, wrap_binary } = rhea.types;

const terminus = (code: number, address: string) => described(wrap_ulong(code), wrap_list([address]));
const attachReceiver = frame(0x12, ['in', 5, true, null, null, terminus(0x28, 'source'), terminus(0x29, 'target')]);
const attachSender = frame(0x12, [
  ...['out', 6, false, null, null, terminus(0x28, 'a'), terminus(0x29, 'b'), null, null, 0, null, null, null],
  wrap_symbolic_map({ 'com.microsoft:epoch': 7 }),
]);
const flow = (deliveryCount: number | null, credit: number, drain = false) =>
  frame(0x13, [0, 100, 0, 100, 5, deliveryCount, credit, null, drain]);

let socket: TestSocket;
let connection: Connection;
let session: Session;
let sender: Sender;
let receiver: Receiver;
let transfers: Frame[];
let flows: Fields[];
let settled: Fields[];

const receive = (...frames: Buffer[]) => frames.forEach((bytes) => socket.emit('data', bytes));

beforeEach(() => {
  socket = new TestSocket();
  connection = acceptConnection(LIMITS, {}, socket);
  [transfers, flows, settled] = [[], [], []];
  connection.on('session_open', (context: EventContext) => {
    session = context.session as Session;
    tapSession(session, {
      transfer: (_, taken) => void transfers.push({ ...taken }),
      flowed: (_, fields) => void flows.push(fields),
      settled: (fields) => void settled.push(fields),
    });
  });
  connection.on('sender_open', (context: EventContext) => (sender = context.sender as Sender));
  connection.on('receiver_open', (context: EventContext) => (receiver = context.receiver as Receiver));
  receive(AMQP_HEADER, OPEN, BEGIN, attachReceiver, attachSender);
});

describe('the facts about rhea that the broker builds on', () => {
  it('hold for the pinned version', () => {
    const { version } = createRequire(import.meta.url)('rhea/package.json') as { version: string };
    expect(version).toBe('3.0.5');
  });

  it('answers open, begin and attach at once when asked to', () => {
    writePending(connection);
    expect(socket.written[0]).toEqual(AMQP_HEADER);
    expect(socket.written.slice(1).map((bytes) => bytes[10])).toEqual([0x10, 0x11, 0x12, 0x12]);
  });

  it('shows channel, handle and the attach of the peer', () => {
    expect(channelOf(session)).toBe(0);
    expect(handleOf(sender)).toBe(0);
    expect(remoteAttach(receiver)).toMatchObject({ name: 'out', properties: { 'com.microsoft:epoch': 7 } });
  });

  it('answers with fields set in the open event and echoes source and target', () => {
    answerAttach(receiver, { ...echoedTermini(receiver), max_message_size: 4_711 });
    writePending(connection);
    const attach = socket.written.at(-1) ?? Buffer.alloc(0);
    expect(attach.includes(Buffer.from('a10161', 'hex'))).toBe(true);
    expect(attach.includes(Buffer.from('a10162', 'hex'))).toBe(true);
    expect(attach.includes(Buffer.from('800000000000001267', 'hex'))).toBe(true);
  });

  it('keeps credit and window, also for a peer that leaves the delivery count out', () => {
    receive(flow(null, 10));
    expect(creditOf(sender)).toBe(10);
    expect(transferWindow(session)).toBe(100);
    countDelivery(sender);
    countTransfer(session);
    expect(creditOf(sender)).toBe(9);
    expect(transferWindow(session)).toBe(99);
    receive(flow(1, 20));
    expect(creditOf(sender)).toBe(20);
    expect(flows).toHaveLength(2);
  });

  it('gives the credit of a draining link back', () => {
    receive(flow(0, 10, true));
    expect(isDraining(sender)).toBe(true);
    writePending(connection);
    reportDrained(sender);
    expect(creditOf(sender)).toBe(0);
    expect(socket.written.at(-1)?.[10]).toBe(0x13);
  });

  it('hands payloads over untouched once the format is not 0, also in parts', () => {
    receiver.add_credit(1);
    const messages: Buffer[] = [];
    receiver.on('message', ({ message }: { message: Buffer }) => messages.push(message));
    const head = [6, 0, wrap_binary(Buffer.from('t')), 0xffffffff, false];
    receive(
      frame(0x14, [...head, true], { payload: Buffer.from('not ') }),
      frame(0x14, [6, null, null, null, false, false], { payload: Buffer.from('AMQP') }),
    );
    expect(messages.map(String)).toEqual(['not AMQP']);
    expect(transfers.map(({ payload }) => payload?.toString())).toEqual(['not ', 'AMQP']);
  });

  it('lets the broker see dispositions of the receiver, and rhea only those of the sender', () => {
    receive(frame(0x15, [true, 0, 3, false]), frame(0x15, [false, 0, 3, true]));
    expect(settled).toMatchObject([{ role: true, first: 0, last: 3 }]);
  });

  it('reports what it cannot take as an error event, not as an exception', () => {
    const errors: Error[] = [];
    for (const event of ['error', 'protocol_error']) connection.on(event, (error: Error) => errors.push(error));
    receive(frame(0x13, [0, 100, 0, 100, 99, 0, 1]), frame(0x11, [null, 0, 1, 1], { channel: 0 }));
    expect(errors.length).toBeGreaterThan(0);
    expect(socket.ended).toBe(true);
  });
});
