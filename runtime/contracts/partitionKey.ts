import type { Interaction } from './events.ts';

/**
 * Key that decides the hub partition of an interaction: the user, for an anonymous visitor the session. Every sender
 * uses it, so that the events of one person stay in order.
 */
export function partitionKeyOf(interaction: Interaction): string {
  return interaction.userId ?? interaction.sessionId ?? '';
}

/** Index of the partition, 0 to `count` − 1, to which Event Hubs assigns events that carry this partition key. */
export function partitionOf(key: string, count: number): number {
  return Math.abs(hashPartitionKey(key) % count);
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(512);

/**
 * Event Hubs' hash of a partition key: Jenkins lookup3 (`hashlittle2` with both seeds 0, http://burtleburtle.net/bob/c/lookup3.c)
 * over the UTF-8 bytes, its two words folded into a signed 16-bit number.
 */
export function hashPartitionKey(key: string): number {
  if (key.length * 3 > scratch.length) scratch = new Uint8Array(key.length * 3);
  const length = encoder.encodeInto(key, scratch).written;
  const bytes = scratch;

  let a = (0xdeadbeef + length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  while (length - at > 12) {
    a = (a + word(bytes, at, length)) | 0;
    b = (b + word(bytes, at + 4, length)) | 0;
    c = (c + word(bytes, at + 8, length)) | 0;
    // lookup3: mix
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
    at += 12;
  }
  if (length > at) {
    a = (a + word(bytes, at, length)) | 0;
    b = (b + word(bytes, at + 4, length)) | 0;
    c = (c + word(bytes, at + 8, length)) | 0;
    // lookup3: final
    c = ((c ^ b) - rotate(b, 14)) | 0;
    a = ((a ^ c) - rotate(c, 11)) | 0;
    b = ((b ^ a) - rotate(a, 25)) | 0;
    c = ((c ^ b) - rotate(b, 16)) | 0;
    a = ((a ^ c) - rotate(c, 4)) | 0;
    b = ((b ^ a) - rotate(a, 14)) | 0;
    c = ((c ^ b) - rotate(b, 24)) | 0;
  }
  return ((c ^ b) << 16) >> 16;
}

/** Four bytes, little endian; bytes at or after `end` count as zero. */
function word(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let index = Math.min(at + 4, end) - 1; index >= at; index -= 1) value = (value << 8) | (bytes[index] ?? 0);
  return value;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
