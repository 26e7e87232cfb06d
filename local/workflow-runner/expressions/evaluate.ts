import { isObject, toText, typeName, type Json, type JsonObject } from '../json.ts';
import { ExpressionError } from './errors.ts';
import { Arguments } from './functions/arguments.ts';
import { isFloat } from './floats.ts';
import { callFault, functions } from './functions/registry.ts';
import type { EvaluationScope } from './scope.ts';
import type { Expression } from './syntax.ts';
import { parseTemplate } from './template.ts';

/**
 * Evaluates a value of a definition: every string is a template, names of members too. Throws an `ExpressionError` that
 * says which part cannot be evaluated and why.
 */
export function evaluateValue(value: Json, scope: EvaluationScope): Json {
  if (typeof value === 'string') return evaluateText(value, scope);
  if (Array.isArray(value)) return value.map((item) => evaluateValue(item, scope));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(
    ([name, member]) => [toText(evaluateText(name, scope)), evaluateValue(member, scope)] as const,
  );
  return Object.fromEntries(members) as JsonObject;
}

function evaluateText(text: string, scope: EvaluationScope): Json {
  const template = parseTemplate(text);
  switch (template.kind) {
    case 'text':
      return template.value;
    case 'expression':
      return evaluateExpression(template.expression, scope);
    case 'interpolation':
      return template.parts
        .map((part) => (typeof part === 'string' ? part : toText(evaluateExpression(part, scope))))
        .join('');
  }
}

/** Evaluates one expression. */
function evaluateExpression(expression: Expression, scope: EvaluationScope): Json {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'access':
      return access(expression, scope);
    case 'call':
      return call(expression, scope);
  }
}

function call({ name, arguments: list }: Extract<Expression, { kind: 'call' }>, scope: EvaluationScope): Json {
  const fault = callFault(name, list.length);
  if (fault !== undefined) throw new ExpressionError(fault);
  const known = functions.get(name)!;
  if (known.kind === 'lazy') return callLazily(name, list, scope);
  const values = list.map((argument) => evaluateExpression(argument, scope));
  const args = new Arguments({ name: known.name, values, floats: list.map(isFloat) });
  return known.kind === 'plain' ? known.call(args) : known.call(args, scope);
}

function callLazily(name: string, list: Expression[], scope: EvaluationScope): Json {
  const condition = (index: number) => {
    const value = evaluateExpression(list[index]!, scope);
    if (typeof value === 'boolean') return value;
    throw new ExpressionError(
      `the function '${name}' expects a boolean as parameter ${index + 1}, not ${JSON.stringify(value)}`,
    );
  };
  if (name === 'if') return evaluateExpression(list[condition(0) ? 1 : 2]!, scope);
  const decides = name === 'or';
  return list.some((_, index) => condition(index) === decides) ? decides : !decides;
}

function access({ target, key, optional }: Extract<Expression, { kind: 'access' }>, scope: EvaluationScope): Json {
  const base = evaluateExpression(target, scope);
  const name = evaluateExpression(key, scope);
  if (base === null && optional) return null;
  const found = Array.isArray(base) ? element(base, name) : member(base, name);
  if (found !== undefined) return found;
  if (optional) return null;
  throw new ExpressionError(
    Array.isArray(base)
      ? `an array of ${base.length} has no item ${toText(name)}; use ?[…] where it may be missing`
      : `the property '${toText(name)}' does not exist; available are '${Object.keys(base as JsonObject).join(', ')}'; use ?['${toText(name)}'] where it may be missing`,
  );
}

function element(base: Json[], index: Json): Json | undefined {
  if (typeof index === 'number' && Number.isInteger(index)) return base[index];
  throw new ExpressionError(`an array is accessed with a whole number, not with ${JSON.stringify(index)}`);
}

function member(base: Json, name: Json): Json | undefined {
  if (!isObject(base))
    throw new ExpressionError(
      `a value of type ${typeName(base)} has no properties, so ${JSON.stringify(name)} cannot be read from it`,
    );
  if (typeof name !== 'string')
    throw new ExpressionError(`an object is accessed with the name of a property, not with ${JSON.stringify(name)}`);
  return Object.hasOwn(base, name) ? base[name] : undefined;
}
