import type { Json } from '../json.ts';

/** An expression of the workflow definition language. */
export type Expression =
  /** `isFloat` marks a number that is written with a fraction or an exponent. */
  | { kind: 'literal'; value: Json; isFloat?: boolean }
  /** `name` is in lower case: function names do not distinguish case. */
  | { kind: 'call'; name: string; arguments: Expression[] }
  /** `target.name`, `target['name']`, `target[0]`; `optional` is the form with a question mark. */
  | { kind: 'access'; target: Expression; key: Expression; optional: boolean };

/** A string of a definition: a plain text, one expression that keeps its type, or a text with expressions in it. */
export type Template =
  | { kind: 'text'; value: string }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'interpolation'; parts: (string | Expression)[] };

/** Every expression in `expression`, itself first. */
export function* subexpressions(expression: Expression): Generator<Expression> {
  yield expression;
  if (expression.kind === 'call') {
    for (const argument of expression.arguments) yield* subexpressions(argument);
  } else if (expression.kind === 'access') {
    yield* subexpressions(expression.target);
    yield* subexpressions(expression.key);
  }
}
