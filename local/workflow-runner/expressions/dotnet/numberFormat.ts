import { ExpressionError } from '../errors.ts';
import { cultureNamed, ENGLISH, type Culture } from './locale.ts';

const STANDARD = /^([CDEFNPXcdefnpx])(\d{0,2})$/;

/**
 * Formats a number as .NET does: standard formats C, D, E, F, N, P, X with an optional precision, else a custom format of
 * `0`, `#`, `,`, `.`, `%` and literal text; separators are those of the culture. Throws an `ExpressionError` for another
 * one, and for amounts of money (C) in a culture other than en-US.
 */
export function formatNumber(value: number, format: string, locale = ENGLISH): string {
  const culture = cultureNamed(locale);
  const standard = STANDARD.exec(format);
  if (!standard) return formatCustom(value, format, culture.name);
  const precision = standard[2] === '' ? undefined : Number(standard[2]);
  return formatStandard(value, standard[1]!, precision, culture);
}

function formatStandard(value: number, letter: string, precision: number | undefined, culture: Culture): string {
  const fixed = (digits: number, number = value, useGrouping = true) =>
    number.toLocaleString(culture.name, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping,
    });
  switch (letter.toUpperCase()) {
    case 'C': {
      if (culture.name !== ENGLISH)
        throw new ExpressionError(`the currency of the locale ${culture.name} is not known here; use N2 and its sign`);
      const amount = fixed(precision ?? 2, Math.abs(value));
      return value < 0 ? `-$${amount}` : `$${amount}`;
    }
    case 'F':
      return fixed(precision ?? 2, value, false);
    case 'N':
      return fixed(precision ?? 2);
    case 'P':
      return `${fixed(precision ?? 2, value * 100)}%`;
    case 'E': {
      const [mantissa, exponent] = value.toExponential(precision ?? 6).split('e') as [string, string];
      return `${mantissa.replace('.', culture.decimal)}${letter}${exponent[0]}${exponent.slice(1).padStart(3, '0')}`;
    }
    case 'D':
      return (
        (value < 0 ? '-' : '') +
        wholeNumber(value, letter)
          .toString()
          .padStart(precision ?? 1, '0')
      );
    default: {
      const hex = wholeNumber(value, letter)
        .toString(16)
        .padStart(precision ?? 1, '0');
      return letter === 'X' ? hex.toUpperCase() : hex;
    }
  }
}

function wholeNumber(value: number, letter: string): number {
  if (Number.isInteger(value) && (value >= 0 || letter.toUpperCase() === 'D')) return Math.abs(value);
  throw new ExpressionError(`the number format ${letter} takes a whole number, not ${value}`);
}

const CUSTOM = /^((?:[^0#,.%']|'[^']*')*)([#0,]*)(?:\.([#0]+))?(%?)((?:[^0#,.%']|'[^']*')*)$/;

function formatCustom(value: number, format: string, locale: string): string {
  const match = CUSTOM.exec(format);
  if (!match || !/[0#]/.test(format))
    throw new ExpressionError(
      `${JSON.stringify(format)} is no supported number format; use C, D, E, F, N, P or X with digits, or a pattern such as #,##0.00`,
    );
  const [, prefix = '', whole = '', fraction = '', percent = '', suffix = ''] = match;
  const digits = whole.replaceAll(',', '');
  const required = digits.includes('0') ? digits.length - digits.indexOf('0') : 0;
  const text = Math.abs(percent ? value * 100 : value).toLocaleString(locale, {
    useGrouping: whole.includes(','),
    minimumIntegerDigits: Math.max(1, required),
    minimumFractionDigits: fraction.lastIndexOf('0') + 1,
    maximumFractionDigits: fraction.length,
  });
  const shown = required === 0 ? text.replace(/^0(?=\D|$)/, '') : text;
  const unquoted = (literal: string) => literal.replaceAll("'", '');
  return `${value < 0 ? '-' : ''}${unquoted(prefix)}${shown}${percent}${unquoted(suffix)}`;
}
