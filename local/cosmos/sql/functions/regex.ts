import { createContext, Script } from 'node:vm';
import { badRequest } from '../../errors.ts';
import type { Value } from '../../json.ts';
import { tooComplex } from '../limits.ts';
import type { SqlFunction } from './function.ts';

/** A search that has not ended by then ends the query: nobody else is served meanwhile. */
const TIME_LIMIT_MS = 250;
/** A pattern with one quantifier goes at most so often the square of this over a text. */
const SHORT_TEXT = 2000;

/** `RegexMatch(text, pattern [, modifiers])`. */
export const REGEXMATCH: SqlFunction = {
  minimum: 2,
  maximum: 3,
  evaluate: ([text, pattern, modifiers = '']) => {
    if (typeof text !== 'string' || typeof pattern !== 'string' || typeof modifiers !== 'string') return undefined;
    const expression = compiled(pattern, modifiers);
    return isQuick(text, pattern) ? expression.test(text) : testInTime(expression, text);
  },
};

let last: { pattern: string; modifiers: string; expression: RegExp } | undefined;

function compiled(pattern: string, modifiers: string): RegExp {
  if (last?.pattern !== pattern || last.modifiers !== modifiers) {
    last = { pattern, modifiers, expression: regularExpression(pattern, modifiers) };
  }
  return last.expression;
}

function regularExpression(pattern: string, modifiers: string): RegExp {
  if (!/^[msix]*$/.test(modifiers)) {
    throw badRequest(`REGEXMATCH takes the modifiers "m", "s", "i" and "x": "${modifiers}".`);
  }
  const source = modifiers.includes('x') ? pattern.replace(/\s+/g, '') : pattern;
  try {
    return new RegExp(source, modifiers.replaceAll('x', ''));
  } catch (error) {
    throw badRequest(
      `REGEXMATCH takes the regular expressions of JavaScript here: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Whether a search cannot take long: few ways to match, and no reference to an earlier match. */
function isQuick(text: string, pattern: string): boolean {
  if (/\\[1-9k]/.test(pattern)) return false;
  const quantifiers = pattern.match(/[*+?{]/g)?.length ?? 0;
  return quantifiers === 0 || (quantifiers === 1 && text.length <= SHORT_TEXT);
}

const sandbox: { search?: () => boolean } = createContext({});
const SEARCH = new Script('search()');

function testInTime(expression: RegExp, text: string): Value {
  sandbox.search = () => expression.test(text);
  try {
    return SEARCH.runInContext(sandbox, { timeout: TIME_LIMIT_MS }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw tooComplex(`a search for /${expression.source}/ took longer than ${TIME_LIMIT_MS} ms`);
  } finally {
    sandbox.search = undefined;
  }
}
