import { isObject, type Json, type Value } from '../../json.ts';
import { limitedText } from '../limits.ts';
import { ofStrings, type SqlFunction } from './function.ts';
import { REGEXMATCH } from './regex.ts';

/** Longer texts REPLICATE does not make. */
const MAXIMUM_REPLICATED = 10_000;

export const STRING_FUNCTIONS: Record<string, SqlFunction> = {
  CONCAT: {
    minimum: 2,
    maximum: Infinity,
    evaluate: (args) => (isTexts(args) ? joined(args, '') : undefined),
  },
  CONTAINS: comparison((text, part) => text.includes(part)),
  ENDSWITH: comparison((text, part) => text.endsWith(part)),
  STARTSWITH: comparison((text, part) => text.startsWith(part)),
  STRINGEQUALS: comparison((text, other) => text === other),
  INDEX_OF: {
    minimum: 2,
    maximum: 3,
    evaluate: ([text, part, from = 0]) =>
      typeof text === 'string' && typeof part === 'string' && typeof from === 'number'
        ? text.indexOf(part, from)
        : undefined,
  },
  LEFT: ofTextAndIntegers(1, (text, length) => text.slice(0, Math.max(0, length))),
  RIGHT: ofTextAndIntegers(1, (text, length) => (length > 0 ? text.slice(-length) : '')),
  LENGTH: ofStrings(1, (text) => text.length),
  LOWER: ofStrings(1, (text) => text.toLowerCase()),
  UPPER: ofStrings(1, (text) => text.toUpperCase()),
  LTRIM: trim({ start: true }),
  RTRIM: trim({ end: true }),
  TRIM: trim({ start: true, end: true }),
  REPLACE: ofStrings(3, (text, part, by) => (part === '' ? undefined : replaced(text, part, by))),
  REPLICATE: ofTextAndIntegers(1, (text, times) =>
    times < 0 || times * text.length > MAXIMUM_REPLICATED ? undefined : text.repeat(times),
  ),
  REVERSE: ofStrings(1, (text) => [...text].reverse().join('')),
  SUBSTRING: ofTextAndIntegers(2, (text, start, length) =>
    start < 0 ? '' : text.slice(start, start + Math.max(0, length)),
  ),
  REGEXMATCH,
  STRINGJOIN: {
    minimum: 2,
    evaluate: ([parts, separator]) =>
      Array.isArray(parts) && isTexts(parts) && typeof separator === 'string' ? joined(parts, separator) : undefined,
  },
  STRINGSPLIT: ofStrings(2, (text, separator) => text.split(separator)),
  TOSTRING: { minimum: 1, evaluate: ([value]) => (typeof value === 'string' ? value : JSON.stringify(value)) },
  STRINGTOARRAY: parsed((value) => Array.isArray(value)),
  STRINGTOBOOLEAN: parsed((value) => typeof value === 'boolean'),
  STRINGTONULL: parsed((value) => value === null),
  STRINGTONUMBER: parsed((value) => typeof value === 'number'),
  STRINGTOOBJECT: parsed(isObject),
};

/** A comparison of two texts with a third argument for ignoring case. */
function comparison(evaluate: (text: string, other: string) => boolean): SqlFunction {
  return {
    minimum: 2,
    maximum: 3,
    evaluate: ([text, other, ignoreCase = false]) => {
      if (typeof text !== 'string' || typeof other !== 'string' || typeof ignoreCase !== 'boolean') return undefined;
      return ignoreCase ? evaluate(text.toLowerCase(), other.toLowerCase()) : evaluate(text, other);
    },
  };
}

/** A function of a text and whole numbers; anything else leaves it without a result. */
function ofTextAndIntegers(
  count: number,
  evaluate: (text: string, ...numbers: [number, number]) => Value,
): SqlFunction {
  return {
    minimum: count + 1,
    evaluate: ([text, ...numbers]) =>
      typeof text === 'string' && numbers.every(Number.isInteger)
        ? evaluate(text, ...(numbers as [number, number]))
        : undefined,
  };
}

function isTexts(values: readonly Value[]): values is string[] {
  return values.every((value) => typeof value === 'string');
}

function joined(texts: readonly string[], separator: string): string {
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  return limitedText(length, () => texts.join(separator));
}

function replaced(text: string, part: string, by: string): string {
  const parts = text.split(part);
  return limitedText(text.length + (parts.length - 1) * by.length, () => parts.join(by));
}

/** Takes characters off the ends of a text, spaces unless told otherwise. */
function trim({ start = false, end = false }): SqlFunction {
  return {
    minimum: 1,
    maximum: 2,
    evaluate: ([text, characters]) => {
      if (typeof text !== 'string' || (characters !== undefined && typeof characters !== 'string')) return undefined;
      const isTaken = (character: string) =>
        characters === undefined ? /\s/.test(character) : characters.includes(character);
      let [from, to] = [0, text.length];
      while (start && from < to && isTaken(text[from] as string)) from += 1;
      while (end && to > from && isTaken(text[to - 1] as string)) to -= 1;
      return text.slice(from, to);
    },
  };
}

/** The value of a JSON text if it is of the wanted kind. */
function parsed(wanted: (value: Value) => boolean): SqlFunction {
  return ofStrings(1, (text) => {
    const value = jsonOrNothing(text.trim());
    return wanted(value) ? value : undefined;
  });
}

/** What is no JSON has no value, and that is what the functions give. */
function jsonOrNothing(text: string): Value {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
