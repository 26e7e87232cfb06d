import { isObject, parseJson, toText, type Json, type JsonObject } from '../../json.ts';
import { parseNumber } from '../dotnet/numberParse.ts';
import { uriComponent, uriComponentToText } from '../dotnet/uriComponent.ts';
import { isXmlContent, parseXml, xmlText } from '../xml/xmlContent.ts';
import { xmlToJson } from '../xml/xmlJson.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

const OCTETS = 'application/octet-stream';

/** Conversions. Binary content is an object of `$content-type` and `$content` (base64), as the runtime writes it. */
export const conversionFunctions: Record<string, PlainFunction> = {
  array: { min: 1, max: 1, call: (args) => (Array.isArray(args.any(0)) ? args.any(0) : [args.any(0)]) },
  base64: { min: 1, max: 1, call: (args) => Buffer.from(args.text(0)).toString('base64') },
  base64ToBinary: { min: 1, max: 1, call: (args) => binary(OCTETS, decodeBase64(args, args.text(0))) },
  base64ToString: { min: 1, max: 1, call: (args) => decodeBase64(args, args.text(0)).toString('utf8') },
  binary: { min: 1, max: 1, call: (args) => binary(OCTETS, Buffer.from(args.text(0))) },
  bool: { min: 1, max: 1, call: toBoolean },
  createArray: { min: 0, max: Infinity, call: (args) => [...args.values] },
  dataUri: { min: 1, max: 1, call: toDataUri },
  dataUriToBinary: { min: 1, max: 1, call: (args) => fromDataUri(args) },
  dataUriToString: { min: 1, max: 1, call: (args) => contentOf(args, fromDataUri(args)).toString('utf8') },
  decimal: { min: 1, max: 1, call: toFloat },
  decodeBase64: { min: 1, max: 1, call: (args) => decodeBase64(args, args.text(0)).toString('utf8') },
  decodeDataUri: { min: 1, max: 1, call: (args) => fromDataUri(args) },
  decodeUriComponent: { min: 1, max: 1, call: decodeUri },
  encodeUriComponent: { min: 1, max: 1, call: (args) => uriComponent(args.text(0)) },
  float: { min: 1, max: 2, call: toFloat },
  int: { min: 1, max: 1, call: toInteger },
  json: { min: 1, max: 1, call: parse },
  string: { min: 1, max: 1, call: (args) => toString(args) },
  uriComponent: { min: 1, max: 1, call: (args) => uriComponent(args.text(0)) },
  uriComponentToBinary: { min: 1, max: 1, call: (args) => binary(OCTETS, Buffer.from(args.text(0))) },
  uriComponentToString: { min: 1, max: 1, call: decodeUri },
};

function binary(contentType: string, content: Buffer): JsonObject {
  return { '$content-type': contentType, $content: content.toString('base64') };
}

/** The bytes of binary content. */
function contentOf(args: Arguments, value: Json): Buffer {
  const content = isObject(value) ? value.$content : undefined;
  return typeof content === 'string' ? decodeBase64(args, content) : args.fail('expects binary content');
}

function decodeBase64(args: Arguments, text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) args.fail('expects base64');
  return Buffer.from(text, 'base64');
}

function toString(args: Arguments): string {
  const value = args.any(0);
  return isObject(value) && typeof value.$content === 'string'
    ? contentOf(args, value).toString('utf8')
    : toText(value);
}

function toBoolean(args: Arguments): boolean {
  const value = args.any(0);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return value !== 0;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (text === 'true' || text === 'false') return text === 'true';
  return args.fail(`expects a boolean, a whole number, 'true' or 'false', not ${JSON.stringify(value)}`);
}

/** With thousands separators and a sign on either side, as .NET reads a number. */
function toFloat(args: Arguments): number {
  const value = args.any(0);
  if (typeof value === 'number') return value;
  const [text, locale] = [args.text(0), args.optionalText(1)];
  const number = args.attempt(() => parseNumber(text, locale));
  return number ?? args.fail(`expects a number as text, not ${JSON.stringify(text)}`);
}

function decodeUri(args: Arguments): string {
  const text = args.text(0);
  return args.attempt(() => uriComponentToText(text));
}

function toInteger(args: Arguments): number {
  const value = args.any(0);
  if (typeof value === 'number') return args.integer(0);
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = args.text(0).trim();
  return /^[+-]?\d+$/.test(text)
    ? Number(text)
    : args.fail(`expects a whole number as text, not ${JSON.stringify(value)}`);
}

/** A text or binary content as JSON; XML becomes JSON by its elements, null an empty object. */
function parse(args: Arguments): Json {
  const value = args.any(0);
  if (value === null) return {};
  if (isXmlContent(value)) return args.attempt(() => xmlToJson(parseXml(xmlText(value)!)));
  const text = isObject(value) && '$content' in value ? contentOf(args, value).toString('utf8') : args.text(0);
  try {
    return parseJson(text);
  } catch (error) {
    return args.fail(`cannot read its text as JSON: ${(error as Error).message}`);
  }
}

function toDataUri(args: Arguments): string {
  const value = args.any(0);
  if (typeof value === 'string') return `data:text/plain;charset=utf-8;base64,${Buffer.from(value).toString('base64')}`;
  const content = contentOf(args, value).toString('base64');
  return `data:${String(args.object(0)['$content-type'] ?? OCTETS)};base64,${content}`;
}

function fromDataUri(args: Arguments): JsonObject {
  const match = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(args.text(0));
  if (!match) args.fail('expects a data URI such as data:text/plain;base64,aGVsbG8=');
  const [, contentType = '', base64, data = ''] = match as RegExpExecArray;
  const content =
    base64 === undefined ? Buffer.from(args.attempt(() => uriComponentToText(data))) : decodeBase64(args, data);
  return binary(contentType || 'text/plain', content);
}
