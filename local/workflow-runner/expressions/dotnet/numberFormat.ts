import { ExpressionError } from '../errors.ts';

const STANDARD = /^([CDEFNPXcdefnpx])(\d{0,2})$/;
const LOCALE = 'en-US';

/**
 * Formats a number as .NET does with culture en-US: standard formats C, D, E, F, N, P, X with an optional precision,
 * else a custom format of `0`, `#`, `,`, `.`, `%` and literal text. Throws an `ExpressionError` for another one.
 */
export function formatNumber(value: number, format: string): string {
  const standard = STANDARD.exec(format);
  if (standard) return formatStandard(value, standard[1]!, standard[2] === '' ? undefined : Number(standard[2]));
  return formatCustom(value, format);
}

function formatStandard(value: number, letter: string, precision: number | undefined): string {
  const fixed = (digits: number, number = value) =>
    number.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  switch (letter.toUpperCase()) {
    case 'C': {
      const amount = fixed(precision ?? 2, Math.abs(value));
      return value < 0 ? `-$${amount}` : `$${amount}`;
    }
    case 'F':
      return fixed(precision ?? 2).replaceAll(',', '');
    case 'N':
      return fixed(precision ?? 2);
    case 'P':
      return `${fixed(precision ?? 2, value * 100)}%`;
    case 'E': {
      const [mantissa, exponent] = value.toExponential(precision ?? 6).split('e') as [string, string];
      return `${mantissa}${letter}${exponent[0]}${exponent.slice(1).padStart(3, '0')}`;
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

function formatCustom(value: number, format: string): string {
  const match = CUSTOM.exec(format);
  if (!match || !/[0#]/.test(format))
    throw new ExpressionError(
      `${JSON.stringify(format)} is no supported number format; use C, D, E, F, N, P or X with digits, or a pattern such as #,##0.00`,
    );
  const [, prefix = '', whole = '', fraction = '', percent = '', suffix = ''] = match;
  const digits = whole.replaceAll(',', '');
  const required = digits.includes('0') ? digits.length - digits.indexOf('0') : 0;
  const text = Math.abs(percent ? value * 100 : value).toLocaleString(LOCALE, {
    useGrouping: whole.includes(','),
    minimumIntegerDigits: Math.max(1, required),
    minimumFractionDigits: fraction.lastIndexOf('0') + 1,
    maximumFractionDigits: fraction.length,
  });
  const shown = required === 0 ? text.replace(/^0(?=\.|$)/, '') : text;
  const unquoted = (literal: string) => literal.replaceAll("'", '');
  return `${value < 0 ? '-' : ''}${unquoted(prefix)}${shown}${percent}${unquoted(suffix)}`;
}
