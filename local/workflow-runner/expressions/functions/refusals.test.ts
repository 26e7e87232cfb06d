import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../errors.ts';
import { evaluateValue } from '../evaluate.ts';
import { parseTemplate, templateExpressions } from '../template.ts';
import { functions } from './registry.ts';
import { REFUSALS, TAKE_ANYTHING } from './testing/refusals.ts';
import { scope } from './testing/row.ts';

const refusal = (expression: string): string => {
  try {
    evaluateValue(`@${expression}`, scope);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
    return (error as Error).message;
  }
  throw new Error(`${expression} has a value`);
};
const call = (name: string, count: number) => `${name}(${Array.from({ length: count }, () => 'null').join(', ')})`;

describe('a function', () => {
  it.each(REFUSALS)('refuses %s', (expression, message) => {
    expect(refusal(expression)).toMatch(message);
  });

  it('has a refusal in the table, unless it takes any value', () => {
    const called = REFUSALS.map(([expression]) => {
      const [root] = templateExpressions(parseTemplate(`@${expression}`));
      return root?.kind === 'call' ? functions.get(root.name)?.name : undefined;
    });
    const names = [...functions.values()].map(({ name }) => name);
    expect(names.filter((name) => !called.includes(name)).toSorted()).toEqual(TAKE_ANYTHING);
  });

  it.each([...functions.values()])('$name names what it takes for too few or too many arguments', (known) => {
    const { name, min, max } = known;
    if (min > 0) expect(refusal(call(name, min - 1))).toMatch(wrongCount(name, min - 1));
    if (max < Infinity) expect(refusal(call(name, max + 1))).toMatch(wrongCount(name, max + 1));
    expect(min > 0 || max < Infinity || name === 'createArray').toBe(true);
  });

  it.each([
    [`toUppper('a')`, "the function 'touppper' does not exist; check its spelling"],
    [`listCallbackUrl()`, "the function 'listcallbackurl' gives the address of webhook triggers and actions"],
    [`equals(1)`, "the function 'equals' takes 2 parameters, not 1"],
    [`substring('a')`, "the function 'substring' takes 2 to 3 parameters, not 1"],
    [`max()`, "the function 'max' takes at least 1 parameter, not 0"],
    [`workflow(1)`, "the function 'workflow' takes 0 parameters, not 1"],
  ])('says of %s: %s', (expression, message) => {
    expect(refusal(expression)).toContain(message);
  });
});

function wrongCount(name: string, count: number): RegExp {
  return new RegExp(`^the function '${name}' takes (at least )?\\d+( to \\d+)? parameters?, not ${count}$`);
}
