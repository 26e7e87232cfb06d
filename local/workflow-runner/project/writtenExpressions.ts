import { ExpressionError } from '../expressions/errors.ts';
import { subexpressions, type Expression } from '../expressions/syntax.ts';
import { parseTemplate, templateExpressions } from '../expressions/template.ts';
import { isObject, type Json } from '../json.ts';
import type { ActionDefinition } from './definition.ts';

/** Members of an action that hold other actions or say something about the order; they are looked at on their own. */
const NOT_EVALUATED = new Set(['actions', 'cases', 'default', 'description', 'else', 'metadata', 'runAfter', 'type']);

/** Azure's limit. */
const LONGEST_EXPRESSION = 8192;

/** An expression of a definition, or why one cannot be read. */
export type Written = { expression: Expression } | { fault: string };

/** Every expression that the runner evaluates for an action itself, without the actions inside it. */
export function* actionExpressions(action: ActionDefinition): Generator<Written> {
  for (const [name, value] of Object.entries(action)) {
    if (!NOT_EVALUATED.has(name) && value !== undefined)
      yield* valueExpressions(withoutSchema(action.type, name, value));
  }
}

/** Every expression in a value, in its member names too, with the expressions inside them. */
export function* valueExpressions(value: Json): Generator<Written> {
  if (typeof value === 'string') yield* textExpressions(value);
  else if (Array.isArray(value)) for (const item of value) yield* valueExpressions(item);
  else if (isObject(value))
    for (const [name, member] of Object.entries(value)) {
      yield* textExpressions(name);
      yield* valueExpressions(member);
    }
}

function* textExpressions(text: string): Generator<Written> {
  try {
    const template = parseTemplate(text);
    if (template.kind === 'expression' && text.length > LONGEST_EXPRESSION)
      yield {
        fault: `an expression of ${text.length} characters is too long; at most ${LONGEST_EXPRESSION} are allowed`,
      };
    for (const root of templateExpressions(template))
      for (const expression of subexpressions(root)) yield { expression };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    yield { fault: `the expression ${JSON.stringify(shown)} cannot be read: ${error.message}` };
  }
}

/** The schema of ParseJson and Response is taken as it is, whatever its texts look like. */
function withoutSchema(type: string, name: string, value: Json): Json {
  if (name !== 'inputs' || !isObject(value) || (type !== 'ParseJson' && type !== 'Response')) return value;
  return Object.fromEntries(Object.entries(value).filter(([member]) => member !== 'schema'));
}
