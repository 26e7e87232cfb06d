import { tooComplex } from './limits.ts';

const MAXIMUM_STEPS = 100_000_000;

/** A part of a LIKE pattern: `%`, `_`, a set in brackets or a character that must be just there. */
type Part =
  | { kind: 'any' }
  | { kind: 'one' }
  | { kind: 'set'; negated: boolean; ranges: (readonly [low: string, high: string])[] }
  | { kind: 'character'; character: string };

/**
 * The test that a LIKE pattern makes of a text: `%` any text, `_` any character, `[a-f]` and `[^abc]` one of a set. Its
 * work is bounded by the product of the lengths, whatever the pattern.
 */
export function likeMatcher(pattern: string, escape: string | undefined): (text: string) => boolean {
  const parts = parse([...pattern], escape);
  return (text) => {
    if (parts.length * text.length > MAXIMUM_STEPS) throw tooComplex('LIKE compares a long pattern with a long text');
    return matches(parts, [...text]);
  };
}

function parse(pattern: readonly string[], escape: string | undefined): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] as string;
    // A bracket that closes at once, as in "[]a]", is a member of its set.
    const close = character === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (character === escape && at + 1 < pattern.length) {
      at += 1;
      parts.push({ kind: 'character', character: pattern[at] as string });
    } else if (character === '%') {
      parts.push({ kind: 'any' });
    } else if (character === '_') {
      parts.push({ kind: 'one' });
    } else if (close > 0) {
      parts.push(parseSet(pattern.slice(at + 1, close)));
      at = close;
    } else {
      parts.push({ kind: 'character', character });
    }
  }
  return parts;
}

function parseSet(content: readonly string[]): Part {
  const negated = content[0] === '^' && content.length > 1;
  const members = negated ? content.slice(1) : content;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const low = members[at] as string;
    const high = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push([low, high ?? low]);
    if (high !== undefined) at += 2;
  }
  return { kind: 'set', negated, ranges };
}

/** Goes on from the last `%` where a later part does not fit: earlier ones need no second look. */
function matches(parts: readonly Part[], text: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let anyPart = -1;
  let anyAt = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current?.kind === 'any') {
      anyPart = part;
      anyAt = at;
      part += 1;
    } else if (current && fits(current, text[at] as string)) {
      part += 1;
      at += 1;
    } else if (anyPart >= 0) {
      anyAt += 1;
      at = anyAt;
      part = anyPart + 1;
    } else {
      return false;
    }
  }
  while (parts[part]?.kind === 'any') part += 1;
  return part === parts.length;
}

function fits(part: Exclude<Part, { kind: 'any' }>, character: string): boolean {
  switch (part.kind) {
    case 'one':
      return true;
    case 'character':
      return part.character === character;
    case 'set':
      return part.ranges.some(([low, high]) => low <= character && character <= high) !== part.negated;
  }
}
