import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { testScope } from '../testing/testScope.ts';
import { ExpressionError } from './errors.ts';
import { evaluateValue } from './evaluate.ts';
import { parseTemplate } from './template.ts';

const scope = testScope({
  trigger: { outputs: { body: { a: { 'odd name': [10, 20] }, $type: 't', 'x-y': 1, none: null } } },
  variables: { n: 1, key: 'a', yes: true },
});

describe('templates', () => {
  it.each<[string, Json]>([
    ['plain text', 'plain text'],
    ['', ''],
    ['name@example.com', 'name@example.com'],
    ['100 % {sure}', '100 % {sure}'],
    ["@@variables('n')", "@variables('n')"],
    ['@@{x}', '@{x}'],
    ['a@@{x}', 'a@{x}'],
    ['@@odata.type', '@odata.type'],
    ["@variables('n')", 1],
    ["@{variables('n')}", '1'],
    ["@{variables('yes')} and @{null}.", 'True and .'],
    ["n=@{variables('n')}, body=@{triggerBody()?['a']}", 'n=1, body={"odd name":[10,20]}'],
    ["@{'}'}", '}'],
    ["@'it''s'", "it's"],
    ["@''", ''],
    ['@-1.5e2', -150],
    ['@true', true],
    ['@NULL', null],
    ["@toUpper( 'a' )", 'A'],
    ["@CONCAT('a',\n 'b')", 'ab'],
    ["@triggerBody().a['odd name'][1]", 20],
    ["@triggerBody()['$type']", 't'],
    ['@triggerBody().$type', 't'],
    ['@triggerBody().x-y', 1],
    ["@triggerBody()[variables('key')]?['odd name']?[0]", 10],
    ['@triggerBody()?.none?.deeper?[0]', null],
    ["@triggerBody()?['missing']", null],
    ["@triggerBody().a['odd name']?[7]", null],
  ])('%j', (template, value) => {
    expect(evaluateValue(template, scope)).toEqual(value);
  });

  it('evaluates names and values of members, and items', () => {
    expect(evaluateValue({ "@{variables('key')}": ["@variables('n')", 2, { '@@odata': null }] }, scope)).toEqual({
      a: [1, 2, { '@odata': null }],
    });
  });

  it.each<[string, RegExp]>([
    ["@triggerBody()['missing']", /the property 'missing' does not exist; available are 'a, \$type, x-y, none'/],
    ['@triggerBody().none.deeper', /type Null has no properties/],
    ['@triggerBody().a[0]', /an object is accessed with the name of a property/],
    ["@triggerBody().a['odd name'][2]", /an array of 2 has no item 2/],
    ["@triggerBody().a['odd name']['x']", /an array is accessed with a whole number/],
    ["@variables('key').length", /type String has no properties/],
    ['@triggerBody()["a"]', /unexpected character "\\""/],
    ["@concat('a'", /the expression ends at position 11 where "\)" is expected/],
    ["@concat('a',)", /"\)" stands at position 12 where a function call/],
    ["@concat('a') b", /text follows the expression at position 13: "b"/],
    ["@{concat('a')", /"\}" is missing for the "@\{" at position 0/],
    ["@'open", /no closing quote/],
    ['@concat', /"concat" at position 1 is no function call/],
    ['@variables(n)', /"n" at position 11 is no function call; write n\(…\), or 'n' for a text/],
    ['@', /the expression ends at position 1/],
    ['@triggerBody()?', /\.name or \[name\] after the question mark/],
    ['@triggerBody().(', /where the name of a property is expected/],
    [`@${'not('.repeat(300)}true${')'.repeat(300)}`, /nested more than 200 levels deep/],
  ])('%j is refused', (template, message) => {
    expect(() => evaluateValue(template, scope)).toThrow(ExpressionError);
    expect(() => evaluateValue(template, scope)).toThrow(message);
  });

  it('either reads any text or refuses it with an ExpressionError', () => {
    const pieces = fc.constantFrom(
      '@',
      '@{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '?',
      '.',
      ',',
      "'",
      'concat',
      'null',
      '1',
      ' ',
      '-',
      '"',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 40 }).map((list) => `@${list.join('')}`),
    );
    fc.assert(
      fc.property(text, (source) => {
        try {
          evaluateValue(source, scope);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads every text back that is written as a literal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = `'${text.replaceAll("'", "''")}'`;
        expect(evaluateValue(`@concat(${literal})`, scope)).toBe(text);
        expect(evaluateValue(`<@{${literal}}>`, scope)).toBe(`<${text}>`);
      }),
    );
  });

  it('keeps a text that holds no @', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('@'));
        expect(parseTemplate(text)).toEqual({ kind: 'text', value: text });
      }),
    );
  });
});
