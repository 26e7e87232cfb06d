import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uriComponent, uriComponentToText } from './uriComponent.ts';

describe('uriComponent', () => {
  it('leaves only unreserved characters as they are, and can be reversed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = uriComponent(text);
        expect(encoded).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
        expect(uriComponentToText(encoded)).toBe(text.toWellFormed());
      }),
    );
  });
});
