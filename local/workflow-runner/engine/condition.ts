import { ExpressionError } from '../expressions/errors.ts';
import { evaluateValue } from '../expressions/evaluate.ts';
import { Arguments } from '../expressions/functions/arguments.ts';
import { callFault, functions } from '../expressions/functions/registry.ts';
import type { EvaluationScope } from '../expressions/scope.ts';
import { isObject, type Json } from '../json.ts';

/** Comparisons that a condition may be built of in its object form. */
const OPERATORS = new Set([
  'and',
  'contains',
  'endsWith',
  'equals',
  'greater',
  'greaterOrEquals',
  'less',
  'lessOrEquals',
  'not',
  'or',
  'startsWith',
]);

/**
 * Evaluates a condition: an expression that gives a boolean, or the designer's object form
 * (`{"and": [{"equals": [a, b]}, {"not": {…}}]}`), whose `and` and `or` stop as soon as the result is known.
 */
export function evaluateCondition(condition: Json, scope: EvaluationScope): boolean {
  if (isObject(condition)) return evaluateOperator(condition, scope);
  const value = evaluateValue(condition, scope);
  if (typeof value === 'boolean') return value;
  throw new ExpressionError(`a condition must give true or false, not ${JSON.stringify(value)}`);
}

function evaluateOperator(condition: Json, scope: EvaluationScope): boolean {
  const [operator, operand] = Object.entries(condition as object)[0] as [string, Json];
  const operands = Array.isArray(operand) ? operand : [operand];
  switch (operator) {
    case 'and':
      return operands.every((part) => evaluateCondition(part, scope));
    case 'or':
      return operands.some((part) => evaluateCondition(part, scope));
    case 'not':
      return !evaluateCondition(operands[0]!, scope);
    default: {
      const values = operands.map((part) => evaluateValue(part, scope));
      const compare = functions.get(operator.toLowerCase());
      if (compare?.kind !== 'plain') throw new ExpressionError(`"${operator}" is no comparison`);
      return compare.call(new Arguments({ name: compare.name, values })) === true;
    }
  }
}

/** What is wrong with the form of a condition, as one clause. */
export function conditionFault(condition: Json): string | undefined {
  if (!isObject(condition)) return undefined;
  const entries = Object.entries(condition);
  const [operator, operand] = entries[0] ?? ['', null];
  if (entries.length !== 1 || !OPERATORS.has(operator))
    return `a condition has one of the members ${[...OPERATORS].join(', ')}, not ${JSON.stringify(Object.keys(condition))}`;
  const operands = Array.isArray(operand) ? operand : [operand];
  if (operator === 'not') return operands.length === 1 ? conditionFault(operands[0]!) : '"not" takes one condition';
  if (operator === 'and' || operator === 'or') return operands.map(conditionFault).find((fault) => fault !== undefined);
  return callFault(operator.toLowerCase(), operands.length);
}
