import { badRequest } from '../../errors.ts';
import { isObject, type Json, type Value } from '../../json.ts';
import { literalPattern } from '../regularExpression.ts';
import { ofStrings, type SqlFunction } from './function.ts';

const MAXIMUM_LENGTH = 10_000_000;

export const STRING_FUNCTIONS: Record<string, SqlFunction> = {
  CONCAT: {
    minimum: 2,
    maximum: Infinity,
    evaluate: (args) => (args.every((value) => typeof value === 'string') ? args.join('') : undefined),
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
  LEFT: cut((text, length) => text.slice(0, Math.max(0, length))),
  RIGHT: cut((text, length) => (length > 0 ? text.slice(-length) : '')),
  LENGTH: ofStrings(1, (text) => text.length),
  LOWER: ofStrings(1, (text) => text.toLowerCase()),
  UPPER: ofStrings(1, (text) => text.toUpperCase()),
  LTRIM: trim((text, characters) => text.replace(new RegExp(`^${characters}+`, 'u'), '')),
  RTRIM: trim((text, characters) => text.replace(new RegExp(`${characters}+$`, 'u'), '')),
  TRIM: trim((text, characters) => text.replace(new RegExp(`^${characters}+|${characters}+$`, 'gu'), '')),
  REPLACE: ofStrings(3, (text, part, by) => text.replaceAll(part, () => by)),
  REPLICATE: cut((text, times) => {
    if (times * text.length > MAXIMUM_LENGTH) throw badRequest(`REPLICATE makes at most ${MAXIMUM_LENGTH} characters.`);
    return text.repeat(Math.max(0, times));
  }),
  REVERSE: ofStrings(1, (text) => [...text].reverse().join('')),
  SUBSTRING: {
    minimum: 3,
    evaluate: ([text, start, length]) =>
      typeof text === 'string' && typeof start === 'number' && typeof length === 'number'
        ? text.slice(Math.max(0, start), Math.max(0, start) + Math.max(0, length))
        : undefined,
  },
  REGEXMATCH: {
    minimum: 2,
    maximum: 3,
    evaluate: ([text, pattern, modifiers = '']) =>
      typeof text === 'string' && typeof pattern === 'string' && typeof modifiers === 'string'
        ? regularExpression(pattern, modifiers).test(text)
        : undefined,
  },
  STRINGJOIN: {
    minimum: 2,
    evaluate: ([parts, separator]) =>
      Array.isArray(parts) && parts.every((part) => typeof part === 'string') && typeof separator === 'string'
        ? parts.join(separator)
        : undefined,
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

function cut(evaluate: (text: string, length: number) => string): SqlFunction {
  return {
    minimum: 2,
    evaluate: ([text, length]) =>
      typeof text === 'string' && typeof length === 'number' ? evaluate(text, Math.trunc(length)) : undefined,
  };
}

function trim(evaluate: (text: string, characters: string) => string): SqlFunction {
  return {
    minimum: 1,
    maximum: 2,
    evaluate: ([text, characters]) => {
      if (typeof text !== 'string' || (characters !== undefined && typeof characters !== 'string')) return undefined;
      if (characters === '') return text;
      return evaluate(text, characters === undefined ? '\\s' : `(?:${[...characters].map(literalPattern).join('|')})`);
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

function regularExpression(pattern: string, modifiers: string): RegExp {
  if (!/^[msix]*$/.test(modifiers)) {
    throw badRequest(`REGEXMATCH takes the modifiers "m", "s", "i" and "x": "${modifiers}".`);
  }
  const source = modifiers.includes('x') ? pattern.replace(/\s+/g, '') : pattern;
  try {
    return new RegExp(source, modifiers.replaceAll('x', ''));
  } catch (error) {
    throw badRequest(`REGEXMATCH got an invalid pattern: ${error instanceof Error ? error.message : String(error)}`);
  }
}
