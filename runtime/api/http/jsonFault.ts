/** Where a text stops being JSON: offset from 0, line and column from 1, and what stands there. */
export interface JsonFault {
  offset: number;
  line: number;
  column: number;
  found: string;
}

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[\u0020\u0021\u0023-\u005b\u005d-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/**
 * Finds the first place at which a text breaks the JSON grammar (RFC 8259); undefined for JSON. `JSON.parse` names no
 * position for most faults. Iterative, so that deep nesting cannot overflow the stack.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let at = skip(SPACE, text, 0);

  while (at < text.length) {
    const next = step(text, at, expected, open);
    if (!next) return faultAt(text, at, expected);
    expected = next.expected;
    at = skip(SPACE, text, next.at);
  }
  return expected === 'nothing' ? undefined : faultAt(text, at, expected);
}

/** Consumes one token where it is allowed, and says what may come next. */
function step(
  text: string,
  at: number,
  expected: Expected,
  open: ('[' | '{')[],
): { at: number; expected: Expected } | undefined {
  const after = (): Expected => (open.length === 0 ? 'nothing' : 'comma-or-end');
  const character = text[at]!;

  const closes = open.at(-1) === (character === ']' ? '[' : '{') && (character === ']' || character === '}');
  const mayClose = expected === 'comma-or-end' || expected === (character === ']' ? 'value-or-end' : 'key-or-end');
  if (closes && mayClose) {
    open.pop();
    return { at: at + 1, expected: after() };
  }
  if (expected === 'comma-or-end') {
    return character === ',' ? { at: at + 1, expected: open.at(-1) === '{' ? 'key' : 'value' } : undefined;
  }
  if (expected === 'colon') return character === ':' ? { at: at + 1, expected: 'value' } : undefined;
  if (expected === 'key' || expected === 'key-or-end') {
    const end = skip(STRING, text, at);
    return end > at ? { at: end, expected: 'colon' } : undefined;
  }
  if (expected === 'nothing') return undefined;

  if (character === '[' || character === '{') {
    open.push(character);
    return { at: at + 1, expected: character === '[' ? 'value-or-end' : 'key-or-end' };
  }
  const end = skip(character === '"' ? STRING : LITERAL, text, at);
  return end > at ? { at: end, expected: after() } : undefined;
}

/** End of the match of a sticky pattern at `at`; `at` itself when there is none. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function faultAt(text: string, offset: number, expected: Expected): JsonFault {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return { offset, line, column: offset - lineStart + 1, found: describe(text, offset, expected) };
}

const WANTED: Record<Expected, string> = {
  value: 'a value',
  'value-or-end': 'a value or ]',
  key: 'a field name in double quotes',
  'key-or-end': 'a field name in double quotes or }',
  colon: 'a colon',
  'comma-or-end': 'a comma or the end of the list or object',
  nothing: 'nothing more',
};

function describe(text: string, offset: number, expected: Expected): string {
  const character = text.codePointAt(offset);
  const what = character === undefined ? 'the text ends' : `found ${JSON.stringify(String.fromCodePoint(character))}`;
  return `${what}, expected ${WANTED[expected]}`;
}
