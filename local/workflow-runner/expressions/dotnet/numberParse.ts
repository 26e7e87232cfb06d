import { cultureNamed, ENGLISH } from './locale.ts';

/**
 * Reads a number as .NET does with thousands separators, an exponent and a sign on either side allowed: separators of
 * thousands may stand anywhere in the whole part. Undefined for a text that is none. Throws an `ExpressionError` for an
 * unknown locale.
 */
export function parseNumber(text: string, locale = ENGLISH): number | undefined {
  const { decimal, group } = cultureNamed(locale);
  const match = /^([+-]?)(.*?)([+-]?)$/s.exec(text.trim())!;
  const [, before = '', written = '', after = ''] = match;
  if (before !== '' && after !== '') return undefined;
  const [whole = '', ...rest] = written.split(decimal);
  if (rest.length > 1) return undefined;
  const digits = withoutGroups(whole, group) + (rest.length > 0 ? `.${rest[0]}` : '');
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return undefined;
  const value = Number(digits);
  return (before || after) === '-' ? -value : value;
}

/** Some cultures group with a space that does not break, which keyboards do not have. */
function withoutGroups(whole: string, group: string): string {
  const plain = whole.replaceAll(group, '');
  return /^\s$/.test(group) ? plain.replaceAll(/\s/g, '') : plain;
}
