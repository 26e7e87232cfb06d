import { badRequest } from './errors.ts';
import type { KeyComponent, PartitionKeyDefinition } from './partitionKey.ts';

const MASK = 0xffff_ffff_ffff_ffffn;
const C1 = 0x87c3_7b91_1142_53d5n;
const C2 = 0x4cf5_ad43_2745_937fn;

/**
 * The place of a partition key in the hash space, as clients compute it for feed ranges: upper-case hex, one hash of
 * 32 digits for a plain key, one per level for a hierarchical key. Keys of version 1 are not supported.
 */
export function effectivePartitionKey(components: readonly KeyComponent[], definition: PartitionKeyDefinition): string {
  if (definition.version === 1) {
    throw badRequest('Feed ranges within a container need a partition key of version 2.');
  }
  if (definition.kind === 'MultiHash') return components.map((component) => hash([component])).join('');
  return hash(components);
}

function hash(components: readonly KeyComponent[]): string {
  const { low, high } = murmur3(Buffer.concat(components.map(encode)));
  // The two highest bits are kept free.
  const masked = high & 0x3fff_ffff_ffff_ffffn;
  return (hex(masked) + hex(low)).toUpperCase();
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

/** Type marker and value; a string is closed by a byte that UTF-8 does not have. */
function encode(component: KeyComponent): Buffer {
  switch (typeof component) {
    case 'string':
      return Buffer.concat([Buffer.of(0x08), Buffer.from(component), Buffer.of(0xff)]);
    case 'number': {
      const bytes = Buffer.alloc(9);
      bytes[0] = 0x05;
      bytes.writeDoubleLE(component, 1);
      return bytes;
    }
    case 'boolean':
      return Buffer.of(component ? 0x03 : 0x02);
    default:
      return Buffer.of(component === null ? 0x01 : 0x00);
  }
}

/** MurmurHash3, 128 bits, x64 variant, seed 0. */
function murmur3(bytes: Buffer): { low: bigint; high: bigint } {
  const padded = Buffer.alloc(Math.ceil(bytes.length / 16) * 16);
  bytes.copy(padded);
  const blocks = Math.floor(bytes.length / 16);
  let h1 = 0n;
  let h2 = 0n;
  for (let at = 0; at < padded.length; at += 16) {
    const k1 = multiply(rotate(multiply(padded.readBigUInt64LE(at), C1), 31n), C2);
    const k2 = multiply(rotate(multiply(padded.readBigUInt64LE(at + 8), C2), 33n), C1);
    h1 ^= k1;
    if (at < blocks * 16) h1 = (multiply((rotate(h1, 27n) + h2) & MASK, 5n) + 0x52dc_e729n) & MASK;
    h2 ^= k2;
    if (at < blocks * 16) h2 = (multiply((rotate(h2, 31n) + h1) & MASK, 5n) + 0x3849_5ab5n) & MASK;
  }
  h1 ^= BigInt(bytes.length);
  h2 ^= BigInt(bytes.length);
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  h1 = mix(h1);
  h2 = mix(h2);
  h1 = (h1 + h2) & MASK;
  return { low: h1, high: (h2 + h1) & MASK };
}

function multiply(left: bigint, right: bigint): bigint {
  return (left * right) & MASK;
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function mix(value: bigint): bigint {
  let mixed = multiply(value ^ (value >> 33n), 0xff51_afd7_ed55_8ccdn);
  mixed = multiply(mixed ^ (mixed >> 33n), 0xc4ce_b9fe_1a85_ec53n);
  return mixed ^ (mixed >> 33n);
}
