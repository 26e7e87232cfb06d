import { ExpressionError } from './errors.ts';
import { parseExpression } from './parser.ts';
import type { Expression, Template } from './syntax.ts';

/** Definitions are evaluated over and over; their templates are read once. */
const MOST_TEMPLATES = 10_000;
const templates = new Map<string, Template>();

/**
 * Reads a string of a definition. `@expr` as the whole string is an expression that keeps its type, `@{expr}` inside a
 * string is put in as text, `@@` at the beginning stands for one `@` and `@@{` for `@{`. Throws an `ExpressionError`.
 */
export function parseTemplate(source: string): Template {
  if (!source.includes('@')) return { kind: 'text', value: source };
  const known = templates.get(source);
  if (known) return known;
  const template = readTemplate(source);
  if (templates.size >= MOST_TEMPLATES) templates.clear();
  templates.set(source, template);
  return template;
}

function readTemplate(source: string): Template {
  if (source.startsWith('@@')) return interpolation(source, source.startsWith('@@{') ? 0 : 1);
  if (!source.startsWith('@') || source.startsWith('@{')) return interpolation(source, 0);
  const { expression, end } = parseExpression(source, 1);
  if (end < source.length)
    throw new ExpressionError(
      `text follows the expression at position ${end}: ${JSON.stringify(source.slice(end))}; put expressions into a text with @{…}, a leading @ with @@`,
    );
  return { kind: 'expression', expression };
}

function interpolation(source: string, start: number): Template {
  const parts: (string | Expression)[] = [];
  let text = '';
  let from = start;
  for (;;) {
    const opening = source.indexOf('@{', from);
    if (opening < 0) break;
    if (opening > start && source[opening - 1] === '@') {
      text += `${source.slice(from, opening - 1)}@{`;
      from = opening + 2;
      continue;
    }
    text += source.slice(from, opening);
    const { expression, end } = parseExpression(source, opening + 2);
    if (source[end] !== '}') throw new ExpressionError(`"}" is missing for the "@{" at position ${opening}`);
    if (text !== '') parts.push(text);
    parts.push(expression);
    text = '';
    from = end + 1;
  }
  text += source.slice(from);
  if (parts.length === 0) return { kind: 'text', value: text };
  if (text !== '') parts.push(text);
  return { kind: 'interpolation', parts };
}

/** Every expression in a template. */
export function templateExpressions(template: Template): Expression[] {
  switch (template.kind) {
    case 'text':
      return [];
    case 'expression':
      return [template.expression];
    case 'interpolation':
      return template.parts.filter((part) => typeof part !== 'string');
  }
}
