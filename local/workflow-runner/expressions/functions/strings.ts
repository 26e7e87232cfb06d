import { randomUUID } from 'node:crypto';
import { toText } from '../../json.ts';
import { formatNumber } from '../dotnet/numberFormat.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

/** String functions. Searches ignore case where the runtime's do; `contains` and `replace` do not. */
export const stringFunctions: Record<string, PlainFunction> = {
  concat: { min: 1, max: Infinity, call: (args) => args.values.map(toText).join('') },
  endswith: { min: 2, max: 2, call: (args) => folded(args, 0).endsWith(folded(args, 1)) },
  formatnumber: {
    min: 2,
    max: 3,
    call: (args) => inEnglish(args, 2, () => formatNumber(args.number(0), args.text(1))),
  },
  guid: { min: 0, max: 1, call: (args) => formatGuid(args) },
  indexof: { min: 2, max: 2, call: (args) => folded(args, 0).indexOf(folded(args, 1)) },
  isfloat: {
    min: 1,
    max: 2,
    call: (args) => inEnglish(args, 1, () => /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(args.text(0))),
  },
  isint: { min: 1, max: 1, call: (args) => /^\s*[+-]?\d+\s*$/.test(args.text(0)) },
  lastindexof: { min: 2, max: 2, call: (args) => folded(args, 0).lastIndexOf(folded(args, 1)) },
  nthindexof: { min: 3, max: 3, call: (args) => nthIndexOf(folded(args, 0), folded(args, 1), args.integer(2)) },
  replace: { min: 3, max: 3, call: replace },
  slice: {
    min: 2,
    max: 3,
    call: (args) => args.text(0).slice(args.integer(1), args.count > 2 ? args.integer(2) : undefined),
  },
  split: { min: 2, max: 2, call: (args) => (args.text(1) === '' ? [args.text(0)] : args.text(0).split(args.text(1))) },
  startswith: { min: 2, max: 2, call: (args) => folded(args, 0).startsWith(folded(args, 1)) },
  substring: { min: 2, max: 3, call: substring },
  tolower: { min: 1, max: 1, call: (args) => args.text(0).toLowerCase() },
  toupper: { min: 1, max: 1, call: (args) => args.text(0).toUpperCase() },
  trim: { min: 1, max: 1, call: (args) => args.text(0).trim() },
};

function folded(args: Arguments, index: number): string {
  return args.text(index).toLowerCase();
}

/** Formats are those of en-US; asking for another culture is refused and never ignored. */
function inEnglish<T>(args: Arguments, index: number, compute: () => T): T {
  const locale = args.optionalText(index) ?? 'en-US';
  if (locale.toLowerCase() !== 'en-us') args.fail(`knows the locale en-US only here, not ${JSON.stringify(locale)}`);
  return compute();
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
    default:
      return args.fail(`expects the format N, D, B or P, not ${JSON.stringify(format)}`);
  }
}
