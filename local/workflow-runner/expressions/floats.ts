import type { Expression } from './syntax.ts';

/** Functions whose result is a float if an argument is one. */
const ARITHMETIC = new Set(['add', 'div', 'max', 'min', 'mod', 'mul', 'sub']);

/** True for an expression that is a float by the way it is written, even where its value is whole: `5.0`, `float('5')`. */
export function isFloat(expression: Expression): boolean {
  if (expression.kind === 'literal') return expression.isFloat === true;
  if (expression.kind !== 'call') return false;
  if (expression.name === 'float' || expression.name === 'decimal') return true;
  return ARITHMETIC.has(expression.name) && expression.arguments.some(isFloat);
}
