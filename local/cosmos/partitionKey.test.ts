import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { effectivePartitionKey } from './effectivePartitionKey.ts';
import { partitionKey, partitionKeyDefinition, PartitionKeyReader, prefixBounds, splitPath } from './partitionKey.ts';

const plain = partitionKeyDefinition({ paths: ['/pk'] });
const hierarchy = partitionKeyDefinition({ paths: ['/tenant', '/user/id'] });

const component = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);

describe('definition', () => {
  test('fills in kind and version', () => {
    expect(plain).toEqual({ paths: ['/pk'], kind: 'Hash', version: 2 });
    expect(hierarchy).toMatchObject({ kind: 'MultiHash', version: 2 });
  });

  test.each([
    [{}, 'must have the form'],
    [{ paths: [] }, 'must have the form'],
    [{ paths: ['pk'] }, 'must start with "/"'],
    [{ paths: ['/a', '/b'], kind: 'Hash' }, 'exactly one path'],
    [{ paths: ['/a', '/b', '/c', '/d'] }, 'at most 3'],
    [{ paths: ['/a'], kind: 'Range' }, 'kind "Range"'],
    [{ paths: ['/a', '/b'], version: 1 }, 'version 1'],
  ])('refuses %j', (input, message) => {
    expect(() => partitionKeyDefinition(input)).toThrow(message);
  });

  test('paths may quote names', () => {
    expect(splitPath('/a/"b/c"/\'d\'')).toEqual(['a', 'b/c', 'd']);
  });
});

describe('key', () => {
  test('is read from the document', () => {
    const reader = new PartitionKeyReader(hierarchy);
    expect(reader.ofDocument({ tenant: 'x', user: { id: 5 } }).text).toBe('["x",5]');
    expect(reader.ofDocument({ user: { id: null } }).text).toBe('[{},null]');
    expect(() => reader.ofDocument({ tenant: ['x'] })).toThrow('must be a string, a number');
  });

  test('is the same from the header and from the document', () => {
    const reader = new PartitionKeyReader(plain);
    fc.assert(
      fc.property(component, (value) => {
        const document = JSON.parse(JSON.stringify({ pk: value })) as { pk: string };
        expect(reader.parse(JSON.stringify([value])).text).toBe(reader.ofDocument(document).text);
      }),
    );
  });

  test.each(['', 'x', '"a"', '{}', '[]', '["a","b"]', '[["a"]]', `["${'x'.repeat(2049)}"]`])(
    'refuses the header %s',
    (text) => {
      expect(() => new PartitionKeyReader(plain).parse(text)).toThrow(
        expect.objectContaining({ status: 400 }) as Error,
      );
    },
  );

  test('a prefix bounds just the keys that start with it', () => {
    fc.assert(
      fc.property(component, component, component, (first, second, other) => {
        const { low, high } = prefixBounds(partitionKey([first]));
        const inside = partitionKey([first, second]).text;
        expect(low <= inside && inside < high).toBe(true);
        const outside = partitionKey([other, second]).text;
        const same = JSON.stringify(first) === JSON.stringify(other);
        expect(low <= outside && outside < high).toBe(same);
      }),
    );
  });
});

describe('effective key', () => {
  // The client's own hash decides where a key belongs; it is not part of its public interface.
  const client = createRequire(import.meta.url).resolve('@azure/cosmos');
  const { hashPartitionKey } = createRequire(import.meta.url)(join(client, '../utils/hashing/hash.js')) as {
    hashPartitionKey(key: unknown[], definition: object): string;
  };

  test.each([
    ['plain', plain, 1],
    ['hierarchical', hierarchy, 2],
  ])('is the hash that the client computes: %s', (_name, definition, levels) => {
    fc.assert(
      fc.property(fc.array(component, { minLength: levels, maxLength: levels }), (components) => {
        expect(effectivePartitionKey(components, definition)).toBe(hashPartitionKey(components, definition));
      }),
    );
  });

  test('a missing property has a hash as well', () => {
    expect(effectivePartitionKey([{}], plain)).toBe(hashPartitionKey([{}], plain));
  });
});
