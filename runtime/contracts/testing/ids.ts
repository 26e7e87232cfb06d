import fc from 'fast-check';

/** Characters of one to four bytes of UTF-8, some that Cosmos DB or URLs reserve, and halves of surrogate pairs. */
const CHARACTERS = ['a', '/', '%', ' ', '"', 'ü', '漢', '\uffff', '😀', '\ud83d', '\ude00'];

/** Texts that may be ids: any UTF-16 at all, and lengths around the limits, where what counts is the percent-encoded one. */
export const idsNearTheLimits: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 140 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 140 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .record({
      start: fc.constantFrom(...CHARACTERS),
      character: fc.constantFrom(...CHARACTERS),
      count: fc.oneof(fc.integer({ min: 80, max: 130 }), fc.constantFrom(82, 83, 84, 110, 111, 112, 127, 128, 129)),
    })
    .map(({ start, character, count }) => start + character.repeat(count)),
);
