import { isObject, setOwn, type JsonObject, type Value } from '../json.ts';
import type { Expression } from './ast.ts';
import type { Evaluate } from './environment.ts';
import { likeMatcher } from './like.ts';
import { equals, not } from './operators.ts';

/** `object.name`, `object["name"]`, `array[0]`. */
export function member(object: Evaluate, property: Expression, inner: (part: Expression) => Evaluate): Evaluate {
  if (property.kind === 'literal' && typeof property.value === 'string') {
    const name = property.value;
    return (environment) => memberOf(object(environment), name);
  }
  const evaluated = inner(property);
  return (environment) => memberOf(object(environment), evaluated(environment));
}

function memberOf(value: Value, name: Value): Value {
  if (typeof name === 'string') return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof name === 'number' && Array.isArray(value) ? value[name] : undefined;
}

/** An object literal; properties without a value are left out. */
export function object(entries: { name: string; value: Evaluate }[]): Evaluate {
  return (environment) => {
    const result: JsonObject = {};
    for (const { name, value } of entries) {
      const evaluated = value(environment);
      if (evaluated !== undefined) setOwn(result, name, evaluated);
    }
    return result;
  };
}

export function unary(operator: '-' | '+' | '~' | 'NOT', operand: Evaluate): Evaluate {
  if (operator === 'NOT') return (environment) => not(operand(environment));
  return (environment) => {
    const value = operand(environment);
    if (typeof value !== 'number') return undefined;
    return operator === '-' ? -value : operator === '~' ? ~value : value;
  };
}

/** `operand IN (choices)`. */
export function oneOf(operand: Evaluate, choices: Evaluate[]): Evaluate {
  return (environment) => {
    const value = operand(environment);
    if (value === undefined) return undefined;
    return choices.some((choice) => equals(value, choice(environment)) === true);
  };
}

/** `operand LIKE pattern ESCAPE mark`; the test of the last pattern is kept. */
export function like(operand: Evaluate, pattern: Evaluate, escape: Evaluate | undefined): Evaluate {
  let last: { pattern: string; escape: Value; matches: (text: string) => boolean } | undefined;
  return (environment) => {
    const [value, wanted, mark] = [operand(environment), pattern(environment), escape?.(environment)];
    if (typeof value !== 'string' || typeof wanted !== 'string') return undefined;
    if (last?.pattern !== wanted || last.escape !== mark) {
      const matches = likeMatcher(wanted, typeof mark === 'string' ? mark : undefined);
      last = { pattern: wanted, escape: mark, matches };
    }
    return last.matches(value);
  };
}
