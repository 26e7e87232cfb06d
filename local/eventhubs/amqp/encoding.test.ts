import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amqpValue, encode } from '../testing/amqpValues.ts';
import { AmqpError } from './conditions.ts';
import { readBytes, readInteger, skipValue } from './encoding.ts';

describe('skipValue', () => {
  it('ends where the value ends, whatever is in front of it and behind it', () => {
    fc.assert(
      fc.property(amqpValue, fc.uint8Array(), fc.uint8Array(), (value, before, behind) => {
        const encoded = encode(value);
        const buffer = Buffer.concat([before, encoded, behind]);
        expect(skipValue(buffer, before.length, buffer.length)).toBe(before.length + encoded.length);
      }),
    );
  });

  it('refuses a value that is cut short anywhere', () => {
    fc.assert(
      fc.property(amqpValue, fc.nat(), (value, cut) => {
        const encoded = encode(value);
        expect(() => skipValue(encoded, 0, cut % encoded.length)).toThrow(AmqpError);
      }),
    );
  });

  it('ends within any bytes at all, or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        try {
          expect(skipValue(buffer, 0, buffer.length)).toBeLessThanOrEqual(buffer.length);
        } catch (error) {
          expect(error).toBeInstanceOf(AmqpError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['an unknown type code', '7f'],
    ['a map with a key alone', 'c1020140'],
    ['a list whose size is too small', 'c0020250ff50'],
    ['a list whose size is too large', 'c0040150ff00'],
    ['an array of four billion nulls', 'f000000005ffffffff40'],
    ['a described value without a value', '005310'],
  ])('refuses %s', (_, hex) => {
    const buffer = Buffer.from(hex, 'hex');
    expect(() => skipValue(buffer, 0, buffer.length)).toThrow(AmqpError);
  });

  it.each([
    ['lists', Buffer.concat(Array.from({ length: 40 }, (_, depth) => Buffer.from([0xc0, 79 - 2 * depth, 1])))],
    ['descriptors', Buffer.alloc(10_000)],
  ])('refuses %s that are nested too deep', (_, buffer) => {
    expect(() => skipValue(buffer, 0, buffer.length)).toThrow(AmqpError);
  });
});

describe('readInteger', () => {
  it.each([
    ['43', 0],
    ['5007', 7],
    ['54ff', -1],
    ['60ffff', 65_535],
    ['61ffff', -1],
    ['70ffffffff', 4_294_967_295],
    ['71fffffffe', -2],
    ['800000000100000000', 2 ** 32],
    ['81ffffffffffffffff', -1],
  ])('reads %s as %d', (hex, value) => {
    expect(readInteger(Buffer.from(hex, 'hex'), 0)).toBe(value);
  });

  it('reads no other type', () => {
    expect(readInteger(Buffer.from('a10131', 'hex'), 0)).toBeUndefined();
  });
});

describe('readBytes', () => {
  it.each(['a1026869', 'a3026869', 'a0026869', 'b1000000026869', 'b3000000026869', 'b0000000026869'])(
    'reads the content of %s',
    (hex) => {
      expect(readBytes(Buffer.from(hex, 'hex'), 0)?.toString()).toBe('hi');
    },
  );
});
