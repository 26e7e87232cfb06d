import { describe, expect, it } from 'vitest';
import { testScope } from '../../testing/testScope.ts';
import { ExpressionError } from '../errors.ts';
import { evaluateValue } from '../evaluate.ts';

/** An expression and the end of its refusal. */
const REFUSALS: [expression: string, message: RegExp][] = [
  [`add('1', 2)`, /'add' expects a number as its first parameter, not "1" of type String/],
  [`addDays('yesterday', 1)`, /'adddays' cannot use its parameter 1: "yesterday" is not a time/],
  [`addDays('2018-02-30', 1)`, /"2018-02-30" is not a time/],
  [`addDays('9999-12-31', 1)`, /outside the years 1 to 9999/],
  [`addToTime('2018-01-01', 1, 'Fortnight')`, /expects Second, Minute, Hour, Day, Week, Month or Year/],
  [`addToTime('2018-01-01', 100000000, 'Year')`, /outside the years 1 to 9999/],
  [`addProperty(json('{"a":1}'), 'a', 2)`, /the object has it already; use setProperty/],
  [`and(true, 1)`, /'and' expects a boolean as parameter 2, not 1/],
  [`base64ToString('%%%')`, /expects base64/],
  [`bool('yes')`, /expects a boolean, a whole number, 'true' or 'false'/],
  [`chunk('abc', 0)`, /chunk length of 1 or more/],
  [`dataUriToString('hello')`, /expects a data URI/],
  [`decodeUriComponent('%')`, /is not percent-encoded/],
  [`div(1, 0)`, /cannot divide by zero/],
  [`mod(1, 0)`, /cannot divide by zero/],
  [`float('ten')`, /expects a number as text/],
  [`formatDateTime('2018-01-01', 'q')`, /is no date format/],
  [`formatNumber(1, 'Q9')`, /is no supported number format/],
  [`formatNumber(1.5, 'D')`, /takes a whole number/],
  [`formatNumber(1, 'N', 'de-DE')`, /knows the locale en-US only/],
  [`greater(1, 'a')`, /compares two numbers or two strings, not Integer with String/],
  [`guid('Z')`, /expects the format N, D, B or P/],
  [`if('true', 1, 2)`, /'if' expects a boolean as parameter 1, not "true"/],
  [`int('1.5')`, /expects a whole number as text/],
  [`json('{')`, /cannot read its text as JSON/],
  [`length(5)`, /expects an array as its first parameter/],
  [`max()`, /'max' takes at least 1 parameter, not 0/],
  [`max(createArray())`, /at least one number/],
  [`not(1)`, /expects a boolean/],
  [`rand(2, 2)`, /expects a first number below the second/],
  [`range(0, -1)`, /expects a count from 0/],
  [`replace('a', '', 'b')`, /not empty/],
  [`sort(createArray(1, 'a'))`, /cannot sort texts and numbers together/],
  [`sort(createArray(true))`, /sorts by texts or numbers, not by Boolean/],
  [`substring('abc', 2, 5)`, /cannot take 5 characters from 2 on of a text of 3/],
  [`take(createArray(1), -1)`, /count of 0 or more/],
  [`uriHost('a/b')`, /expects an absolute URI/],
  [`xpath('a', 'b')`, /'xpath' is not supported by the local runner/],
  [`toUppper('a')`, /'touppper' does not exist; check its spelling/],
  [`equals(1)`, /'equals' takes 2 parameters, not 1/],
  [`substring('a')`, /'substring' takes 2 to 3 parameters, not 1/],
];

describe('a function', () => {
  it.each(REFUSALS)('refuses %s', (expression, message) => {
    expect(() => evaluateValue(`@${expression}`, testScope())).toThrow(ExpressionError);
    expect(() => evaluateValue(`@${expression}`, testScope())).toThrow(message);
  });
});
