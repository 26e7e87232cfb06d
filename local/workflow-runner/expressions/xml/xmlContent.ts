import { DOMParser, XMLSerializer, type Document, type Node } from '@xmldom/xmldom';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { ExpressionError } from '../errors.ts';

const XML_TYPE = 'application/xml;charset=utf-8';

/** Parses XML; throws an `ExpressionError` with the place of the first fault. Entities of a DTD are not resolved. */
export function parseXml(text: string): Document {
  const refuse = (_level: string, message: string): never => {
    throw new ExpressionError(`the text is no XML: ${message.split('\n')[0]}`);
  };
  try {
    return new DOMParser({ locator: true, onError: refuse }).parseFromString(text.trim(), 'text/xml');
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError(`the text is no XML: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
}

/** XML as workflows hand it around: a content type and the text in base64. */
export function xmlContent(node: Node): JsonObject {
  const text = new XMLSerializer().serializeToString(node);
  return { '$content-type': XML_TYPE, $content: Buffer.from(text).toString('base64') };
}

/** The text of XML content, or of a text itself; undefined for any other value. */
export function xmlText(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (!isObject(value) || typeof value.$content !== 'string') return undefined;
  return Buffer.from(value.$content, 'base64').toString('utf8');
}

/** True for content that says it is XML. */
export function isXmlContent(value: Json): boolean {
  return isObject(value) && typeof value.$content === 'string' && /[/+]xml\b/i.test(String(value['$content-type']));
}
