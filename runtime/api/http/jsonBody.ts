import { isUtf8 } from 'node:buffer';
import { findJsonFault } from './jsonFault.ts';
import { Problem } from './problem.ts';

/**
 * Parses a request body.
 * @throws {Problem} 400 that says where the text stops being JSON, or that it is empty or not UTF-8.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) throw new Problem('malformed-json', 'The body is empty; JSON is expected.');
  if (!isUtf8(body)) throw new Problem('malformed-json', 'The body is not UTF-8, the one encoding of JSON.');
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(text, error);
  }
}

function malformed(text: string, error: unknown): unknown {
  const fault = error instanceof SyntaxError ? findJsonFault(text) : undefined;
  if (!fault) return error;
  const { line, column, offset, found } = fault;
  return new Problem('malformed-json', `Line ${line}, column ${column} (character ${offset}): ${found}.`);
}
