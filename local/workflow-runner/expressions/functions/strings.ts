import { randomUUID } from 'node:crypto';
import { toText } from '../../json.ts';
import { formatNumber } from '../dotnet/numberFormat.ts';
import { parseNumber } from '../dotnet/numberParse.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

/** String functions. Searches ignore case where the runtime's do; `contains` and `replace` do not. */
export const stringFunctions: Record<string, PlainFunction> = {
  concat: { min: 1, max: Infinity, call: (args) => limited(args, args.values.map(toText).join('')) },
  endsWith: { min: 2, max: 2, call: (args) => folded(args, 0).endsWith(folded(args, 1)) },
  formatNumber: { min: 2, max: 3, call: toFormat },
  guid: { min: 0, max: 1, call: (args) => formatGuid(args) },
  indexOf: { min: 2, max: 2, call: (args) => folded(args, 0).indexOf(folded(args, 1)) },
  isFloat: { min: 1, max: 2, call: isFloat },
  isInt: { min: 1, max: 1, call: (args) => /^\s*[+-]?\d+\s*$/.test(args.text(0)) },
  lastIndexOf: { min: 2, max: 2, call: lastIndexOf },
  nthIndexOf: { min: 3, max: 3, call: (args) => nthIndexOf(folded(args, 0), folded(args, 1), args.integer(2)) },
  replace: { min: 3, max: 3, call: replace },
  slice: {
    min: 2,
    max: 3,
    call: (args) => args.text(0).slice(args.integer(1), args.count > 2 ? args.integer(2) : undefined),
  },
  split: { min: 2, max: 2, call: (args) => (args.text(1) === '' ? [args.text(0)] : args.text(0).split(args.text(1))) },
  startsWith: { min: 2, max: 2, call: (args) => folded(args, 0).startsWith(folded(args, 1)) },
  substring: { min: 2, max: 3, call: substring },
  toLower: { min: 1, max: 1, call: (args) => args.text(0).toLowerCase() },
  toUpper: { min: 1, max: 1, call: (args) => args.text(0).toUpperCase() },
  trim: { min: 1, max: 1, call: (args) => args.text(0).trim() },
};

function folded(args: Arguments, index: number): string {
  return args.text(index).toLowerCase();
}

function toFormat(args: Arguments): string {
  const [value, format, locale] = [args.number(0), args.text(1), args.optionalText(2)];
  return args.attempt(() => formatNumber(value, format, locale));
}

function isFloat(args: Arguments): boolean {
  const [text, locale] = [args.text(0), args.optionalText(1)];
  return args.attempt(() => parseNumber(text, locale)) !== undefined;
}

/** An empty text to search for stands before the last character, as the documentation has it. */
function lastIndexOf(args: Arguments): number {
  const [text, search] = [folded(args, 0), folded(args, 1)];
  if (search === '') return Math.max(text.length - 1, 0);
  return text.lastIndexOf(search);
}

/** Azure's limit of a text that functions put together. */
const MAX_TEXT = 104_857_600;

/** Refuses a text that is too long. */
export function limited(args: Arguments, text: string): string {
  return text.length <= MAX_TEXT ? text : args.fail(`gives a text of more than ${MAX_TEXT} characters`);
}

function replace(args: Arguments): string {
  if (args.text(1) === '') args.fail('expects a text to replace that is not empty');
  return args.text(0).replaceAll(args.text(1), () => args.text(2));
}

function substring(args: Arguments): string {
  const text = args.text(0);
  const start = args.integer(1);
  const length = args.count > 2 ? args.integer(2) : text.length - start;
  if (start < 0 || length < 0 || start + length > text.length)
    args.fail(`cannot take ${length} characters from ${start} on of a text of ${text.length}`);
  return text.slice(start, start + length);
}

/** Position of the n-th occurrence, from the end for a negative n; -1 if there are fewer. */
function nthIndexOf(text: string, search: string, n: number): number {
  if (n === 0 || search === '') return -1;
  const positions: number[] = [];
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + 1)) positions.push(at);
  return positions.at(n > 0 ? n - 1 : n) ?? -1;
}

function formatGuid(args: Arguments): string {
  const guid = randomUUID();
  const format = args.optionalText(0) ?? 'D';
  switch (format.toUpperCase()) {
    case 'D':
      return guid;
    case 'N':
      return guid.replaceAll('-', '');
    case 'B':
      return `{${guid}}`;
    case 'P':
      return `(${guid})`;
    case 'X':
      return hexadecimal(guid);
    default:
      return args.fail(`expects the format N, D, B, P or X, not ${JSON.stringify(format)}`);
  }
}

/** .NET's form of a GUID as the initializer of a structure. */
function hexadecimal(guid: string): string {
  const [first, second, third, fourth, fifth] = guid.split('-') as [string, string, string, string, string];
  const bytes = (fourth + fifth).match(/../g)!.map((byte) => `0x${byte}`);
  return `{0x${first},0x${second},0x${third},{${bytes.join(',')}}}`;
}
