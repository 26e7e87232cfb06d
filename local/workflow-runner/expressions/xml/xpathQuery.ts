import { createRequire } from 'node:module';
import type { Document, Node } from '@xmldom/xmldom';
import type { Json } from '../../json.ts';
import { ExpressionError } from '../errors.ts';
import { xmlContent } from './xmlContent.ts';

/** Its own types would bring those of a browser into the whole project. */
const xpath = createRequire(import.meta.url)('xpath') as {
  select(expression: string, node: Node): Node[] | string | number | boolean;
};

const ELEMENT = 1;

/**
 * Evaluates an XPath 1.0 expression. Nodes come as an array: elements as XML content, attributes and texts as texts;
 * a number, text or boolean comes as it is. Throws an `ExpressionError` for an expression that is none.
 */
export function evaluateXPath(document: Document, expression: string): Json {
  const found = select(document, expression);
  return Array.isArray(found) ? found.map(valueOf) : found;
}

function select(document: Document, expression: string): Node[] | string | number | boolean {
  try {
    return xpath.select(expression, document);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new ExpressionError(`${JSON.stringify(expression)} is no XPath: ${reason}`, { cause: error });
  }
}

function valueOf(node: Node): Json {
  return node.nodeType === ELEMENT ? xmlContent(node) : (node.nodeValue ?? '');
}
