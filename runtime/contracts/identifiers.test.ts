import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemDocumentId, sessionSubject, userSubject } from './documents.ts';
import { IDENTIFIER_LIMITS, isIdentifier, LONGEST_DOCUMENT_ID } from './identifiers.ts';
import { idsNearTheLimits } from './testing/ids.ts';

describe('isIdentifier', () => {
  it.each([
    ['ASCII of the full length', 'x'.repeat(128), true],
    ['characters of two bytes', 'ü'.repeat(128), true],
    ['111 characters of three bytes', '漢'.repeat(111), true],
    ['112 characters of three bytes', '漢'.repeat(112), false],
    ['83 characters of four bytes', '😀'.repeat(83), true],
    ['84 characters of four bytes', '😀'.repeat(84), false],
    ['the first half of a surrogate pair', 'a\ud83d', false],
    ['the second half of a surrogate pair', '\ude00a', false],
    ['a surrogate pair in the wrong order', '\ude00\ud83d', false],
    ['what Cosmos DB forbids in ids', '/\\?# ', true],
  ])('of %s', (_, id, expected) => {
    expect(isIdentifier(id)).toBe(expected);
  });

  it('allows only ids that make document ids which Cosmos DB takes', () => {
    const longest = `${'漢'.repeat(111)}a`;
    expect(encodeURIComponent(longest)).toHaveLength(IDENTIFIER_LIMITS.encoded);
    expect(sessionSubject(longest).length).toBeLessThanOrEqual(LONGEST_DOCUMENT_ID);
    fc.assert(
      fc.property(idsNearTheLimits, (id) => {
        fc.pre(isIdentifier(id));
        for (const documentId of [userSubject(id), sessionSubject(id), itemDocumentId(id)]) {
          expect(documentId).not.toMatch(/[/\\?#]|\s$/);
          expect(Buffer.byteLength(documentId)).toBeLessThanOrEqual(LONGEST_DOCUMENT_ID);
        }
      }),
    );
  });
});
