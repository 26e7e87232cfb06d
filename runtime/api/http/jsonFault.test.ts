import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from './jsonFault.ts';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

describe('findJsonFault', () => {
  it.each([
    ['{"a": 1,}', 1, 9, 'found "}", expected a field name in double quotes'],
    ['{"a": foo}', 1, 7, 'found "f", expected a value'],
    ['[1 2]', 1, 4, 'found "2", expected a comma or the end of the list or object'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'found "\\"", expected a comma or the end of the list or object'],
    ['', 1, 1, 'the text ends, expected a value'],
    ['{"a"', 1, 5, 'the text ends, expected a colon'],
    ['[1]]', 1, 4, 'found "]", expected nothing more'],
    ['[01]', 1, 3, 'found "1", expected a comma or the end of the list or object'],
    ['[}', 1, 2, 'found "}", expected a value or ]'],
    ["{'a': 1}", 1, 2, 'found "\'", expected a field name in double quotes or }'],
  ])('locates the fault in %j', (text, line, column, found) => {
    expect(findJsonFault(text)).toMatchObject({ line, column, found });
  });

  it('finds a fault exactly where JSON.parse does', () => {
    const edited = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', ':', 'x', '\u0001', '1', '-', '{', ' '))
      .map(([json, where, insert]) => {
        const at = where % (json.length + 1);
        return json.slice(0, at) + insert + json.slice(at + (insert === '' ? 1 : 0));
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), edited, fc.string()), (text) => {
        expect(findJsonFault(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('follows a nesting of any depth', () => {
    expect(findJsonFault('['.repeat(200_000))).toMatchObject({ offset: 200_000 });
  });

  it('takes a long string', () => {
    expect(findJsonFault(JSON.stringify('x'.repeat(4_000_000)))).toBeUndefined();
  });
});
