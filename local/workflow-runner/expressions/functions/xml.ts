import { isObject } from '../../json.ts';
import { parseXml, xmlContent, xmlText } from '../xml/xmlContent.ts';
import { jsonToXml } from '../xml/xmlJson.ts';
import { evaluateXPath } from '../xml/xpathQuery.ts';
import type { Arguments, PlainFunction } from './arguments.ts';

/** Functions of XML; `json` reads it as well. */
export const xmlFunctions: Record<string, PlainFunction> = {
  xml: { min: 1, max: 1, call: toXml },
  xpath: { min: 2, max: 2, call: query },
};

/** XML content of a text with XML, of other content, or of an object with one root. */
function toXml(args: Arguments) {
  const value = args.any(0);
  const text = xmlText(value);
  if (text !== undefined) return args.attempt(() => xmlContent(parseXml(text)));
  if (!isObject(value)) return args.fail('expects XML as text, or an object with one member');
  return args.attempt(() => xmlContent(jsonToXml(value)));
}

function query(args: Arguments) {
  const text = xmlText(args.any(0));
  if (text === undefined) return args.fail('expects XML as its first parameter');
  const expression = args.text(1);
  return args.attempt(() => evaluateXPath(parseXml(text), expression));
}
