import { Code } from './encoding.ts';

/**
 * Head of a transfer frame as the broker sends it, always with the same fields at the same places (AMQP 1.0, part 2,
 * section 2.7.5): frame size, data offset 2, type 0, channel; handle, delivery id, delivery tag (the id again), message
 * format 0, settled, more. The payload follows.
 */
export const TRANSFER_HEAD_BYTES = 33;

const FIELDS = 6;
const DELIVERY_ID_AT = 20;
const DELIVERY_TAG_AT = 26;
const SETTLED_AT = 31;
const MORE_AT = 32;

/** Head for all transfers of one link; `writeTransferHead` fills in what differs. */
export function transferTemplate({ channel, handle }: { channel: number; handle: number }): Buffer {
  const head = Buffer.alloc(TRANSFER_HEAD_BYTES);
  head[4] = 2;
  head.writeUInt16BE(channel, 6);
  head.set([Code.described, Code.smallUlong, 0x14, Code.list8, TRANSFER_HEAD_BYTES - 13, FIELDS], 8);
  head[14] = Code.uint;
  head.writeUInt32BE(handle, 15);
  head[DELIVERY_ID_AT - 1] = Code.uint;
  head.set([Code.binary8, 4], DELIVERY_TAG_AT - 2);
  head[DELIVERY_TAG_AT + 4] = Code.uint0;
  return head;
}

export interface TransferFacts {
  deliveryId: number;
  payloadBytes: number;
  settled: boolean;
  /** Whether another frame of the same delivery follows. */
  more: boolean;
}

/** Writes the head of a transfer frame; its payload belongs `TRANSFER_HEAD_BYTES` behind `at`. */
export function writeTransferHead(target: Buffer, at: number, template: Buffer, facts: TransferFacts): void {
  template.copy(target, at);
  target.writeUInt32BE(TRANSFER_HEAD_BYTES + facts.payloadBytes, at);
  target.writeUInt32BE(facts.deliveryId, at + DELIVERY_ID_AT);
  target.writeUInt32BE(facts.deliveryId, at + DELIVERY_TAG_AT);
  target[at + SETTLED_AT] = facts.settled ? Code.true : Code.false;
  target[at + MORE_AT] = facts.more ? Code.true : Code.false;
}

/** A disposition frame by which the broker, as the sender, settles deliveries that the receiver has accepted. */
export function settlingFrame({ channel, first, last }: { channel: number; first: number; last: number }): Buffer {
  const frame = Buffer.from([
    ...[0, 0, 0, 0, 2, 0, channel >> 8, channel & 0xff],
    ...[Code.described, Code.smallUlong, 0x15, Code.list8, 0, 5],
    ...[Code.false, Code.uint, 0, 0, 0, 0, Code.uint, 0, 0, 0, 0, Code.true],
    ...[Code.described, Code.smallUlong, 0x24, Code.list0],
  ]);
  frame.writeUInt32BE(frame.length, 0);
  frame[12] = frame.length - 13;
  frame.writeUInt32BE(first, 16);
  frame.writeUInt32BE(last, 21);
  return frame;
}
