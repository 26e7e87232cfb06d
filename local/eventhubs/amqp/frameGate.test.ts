import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { AMQP_HEADER, BEGIN, frame, OPEN, rawFrame, SASL_HEADER } from '../testing/frames.ts';
import { AmqpError, Condition } from './conditions.ts';
import { FrameGate } from './frameGate.ts';

const MAX_FRAME_BYTES = 128 * 1024;

function gate() {
  const delivered: string[] = [];
  const deliver = (bytes: Buffer) => void delivered.push(bytes.toString('hex'));
  return { gate: new FrameGate({ maxFrameBytes: MAX_FRAME_BYTES, channelMax: 10, deliver }), delivered };
}

const { wrap_ushort, wrap_binary, described, wrap_ulong, wrap_list } = rhea.types;
const transfer = frame(0x14, [0, 1, wrap_binary(Buffer.from('t')), 0, false], { payload: Buffer.alloc(100_000, 7) });
const heartbeat = rawFrame(Buffer.alloc(0));
const saslInit = frame(0x41, [rhea.types.wrap_symbol('ANONYMOUS')], { type: 1 });

describe('FrameGate', () => {
  it('delivers the same headers and frames however the stream is cut', () => {
    const parts = [SASL_HEADER, saslInit, AMQP_HEADER, OPEN, BEGIN, heartbeat, transfer, heartbeat, transfer];
    const stream = Buffer.concat(parts);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
        const { gate: cutting, delivered } = gate();
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), stream.length]) {
          cutting.push(stream.subarray(from, to));
          from = to;
        }
        expect(delivered).toEqual(parts.map((part) => part.toString('hex')));
      }),
      { numRuns: 40 },
    );
  });

  it('never lets anything but whole frames through, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { gate: fuzzed, delivered } = gate();
        try {
          fuzzed.push(Buffer.concat([AMQP_HEADER, OPEN, bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(AmqpError);
        }
        const rest = Buffer.from(delivered.join(''), 'hex');
        expect(rest.equals(Buffer.concat([AMQP_HEADER, OPEN, bytes]).subarray(0, rest.length))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  const { framingError, decodeError, invalidField, illegalState } = Condition;
  const oversized = Buffer.from('0020000102000000', 'hex');
  const opened = [AMQP_HEADER, OPEN];
  it.each<[string, Buffer[], Condition]>([
    ['bytes of another protocol', [Buffer.from('GET / HTTP/1.1\r\n')], framingError],
    ['another version of AMQP', [Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')], framingError],
    ['a second AMQP header', [AMQP_HEADER, AMQP_HEADER], framingError],
    ['a frame above the announced size', [...opened, oversized], framingError],
    ['a frame smaller than its head', [...opened, Buffer.from('0000000402000000', 'hex')], framingError],
    ['a data offset behind the frame', [...opened, Buffer.from('0000000809000000', 'hex')], framingError],
    ['a SASL frame in the AMQP layer', [...opened, saslInit], framingError],
    ['a channel above the highest', [...opened, frame(0x11, [null, 0, 1, 1], { channel: 11 })], framingError],
    ['a begin in front of the open', [AMQP_HEADER, BEGIN], illegalState],
    ['a frame that is no performative', [...opened, rawFrame(Buffer.from('hello'))], decodeError],
    ['an unknown performative', [...opened, frame(0x55, [])], decodeError],
    ['a performative that is no list', [...opened, rawFrame(Buffer.from('005310a10161', 'hex'))], decodeError],
    ['an open without container id', [AMQP_HEADER, frame(0x10, [])], invalidField],
    ['an attach whose name is a number', [...opened, frame(0x12, [5, 0, true])], invalidField],
    [
      'an attach whose source is a described text',
      [...opened, frame(0x12, ['l', 0, true, null, null, described(wrap_ulong(0x28), rhea.types.wrap_string('x'))])],
      invalidField,
    ],
    [
      'a disposition of four billion deliveries',
      [...opened, frame(0x15, [true, 0, 4_294_967_295, true])],
      invalidField,
    ],
  ])('refuses %s', (_, parts, condition) => {
    const { gate: refusing } = gate();
    expect(() => refusing.push(Buffer.concat(parts))).toThrow(expect.objectContaining({ condition }));
  });

  it('takes fields of every kind that AMQP allows', () => {
    const { gate: accepting, delivered } = gate();
    const source = described(wrap_ulong(0x28), wrap_list(['address']));
    const full = frame(0x10, ['peer', 'host', 65_536, wrap_ushort(9), 1_000, null, null, null, null, { a: 1 }]);
    const attach = frame(0x12, ['link', 300, true, null, null, source]);
    accepting.push(Buffer.concat([AMQP_HEADER, full, attach]));
    expect(delivered).toHaveLength(3);
  });
});
