import fc from 'fast-check';
import type { Json, JsonObject, Value } from '../../json.ts';
import {
  bothOf,
  calculate,
  eitherOf,
  isEqual,
  isLess,
  memberOf,
  notOf,
  typeOf,
  type AggregateName,
} from './plainValues.ts';

/** A row as an expression sees it: the document `c` and, in a query with a join, an element `t` of its list. */
export interface Row {
  c: JsonObject;
  t?: Value;
}

/** An expression of the query language beside the same one in JavaScript. */
export interface Expression {
  sql: string;
  of: (row: Row) => Value;
}

/** Values of the parameters `@p0` and `@p1`. */
export type Parameters = Record<'@p0' | '@p1', Json>;

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom(null, true, false, '', 'a', 'b', 'ab', 'B', 'é'),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, 1e6),
);

export const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ x: scalar }, { requiredKeys: [] }) as fc.Arbitrary<JsonObject> },
);

/** Documents whose properties are of any type, and often missing. */
export const randomDocument = fc.record(
  {
    a: value,
    b: value,
    n: fc.integer({ min: -3, max: 3 }),
    s: fc.constantFrom('a', 'ab', 'b'),
    list: fc.array(value, { maxLength: 4 }),
    'odd name': scalar,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

export const parameters: fc.Arbitrary<Parameters> = fc.record({ '@p0': value, '@p1': scalar });

/** Properties that rows are ordered and grouped by. */
export const path: fc.Arbitrary<Expression> = fc.constantFrom<Expression>(
  at('c.a', 'a'),
  at('c.b', 'b'),
  at('c.n', 'n'),
  at('c.s', 's'),
  at('c["odd name"]', 'odd name'),
);

function at(sql: string, ...steps: (string | number)[]): Expression {
  return { sql, of: ({ c }) => steps.reduce<Value>(memberOf, c) };
}

/** Any expression over a row; those of a query with a join see `t`. */
export function expression(given: Parameters, { joined = false } = {}): fc.Arbitrary<Expression> {
  const constant = (text: string, constantValue: Value): Expression => ({ sql: text, of: () => constantValue });
  const leaf = fc.oneof(
    { weight: 4, arbitrary: path },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        at('c.a.x', 'a', 'x'),
        at('c.list[0]', 'list', 0),
        at('c.list', 'list'),
        at('c.missing', 'missing'),
      ),
    },
    { weight: 3, arbitrary: scalar.map((literal) => constant(JSON.stringify(literal), literal)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Expression>(
        constant('@p0', given['@p0']),
        constant('@p1', given['@p1']),
        constant('undefined', undefined),
      ),
    },
    ...(joined ? [{ weight: 4, arbitrary: fc.constant<Expression>({ sql: 't', of: ({ t }) => t }) }] : []),
  );
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, ...compound(tie('tree'))),
  }));
  return tree;
}

type Binary = (left: Value, right: Value) => Value;

const BINARY: Record<string, Binary> = {
  '=': isEqual,
  '!=': (left, right) => notOf(isEqual(left, right)),
  '<': (left, right) => isLess(left, right, false),
  '<=': (left, right) => isLess(left, right, true),
  '>': (left, right) => isLess(right, left, false),
  '>=': (left, right) => isLess(right, left, true),
  AND: bothOf,
  OR: eitherOf,
  '+': (left, right) => calculate('+', left, right),
  '-': (left, right) => calculate('-', left, right),
  '*': (left, right) => calculate('*', left, right),
  '/': (left, right) => calculate('/', left, right),
  '%': (left, right) => calculate('%', left, right),
  '||': (left, right) => (typeof left === 'string' && typeof right === 'string' ? left + right : undefined),
  '??': (left, right) => (left === undefined ? right : left),
};

const UNARY: Record<string, (argument: Value) => Value> = {
  NOT: notOf,
  IS_DEFINED: (argument) => argument !== undefined,
  IS_NULL: (argument) => argument === null,
  IS_NUMBER: (argument) => typeof argument === 'number',
  IS_STRING: (argument) => typeof argument === 'string',
  IS_OBJECT: (argument) => typeOf(argument) === 'object',
  LENGTH: (argument) => (typeof argument === 'string' ? argument.length : undefined),
  UPPER: (argument) => (typeof argument === 'string' ? argument.toUpperCase() : undefined),
  ABS: (argument) => (typeof argument === 'number' ? Math.abs(argument) : undefined),
  ARRAY_LENGTH: (argument) => (Array.isArray(argument) ? argument.length : undefined),
};

const TEXTS: Record<string, (text: string, part: string) => Value> = {
  CONTAINS: (text, part) => text.includes(part),
  STARTSWITH: (text, part) => text.startsWith(part),
  ENDSWITH: (text, part) => text.endsWith(part),
  INDEX_OF: (text, part) => text.indexOf(part),
};

/** Expressions made of others, each in parentheses so that precedence is not in question. */
function compound(part: fc.Arbitrary<Expression>): fc.Arbitrary<Expression>[] {
  const names = (table: object) => fc.constantFrom(...Object.keys(table));
  return [
    fc.tuple(names(BINARY), part, part).map(([name, left, right]) => ({
      sql: `(${left.sql} ${name} ${right.sql})`,
      of: (row) => (BINARY[name] as Binary)(left.of(row), right.of(row)),
    })),
    fc.tuple(names(UNARY), part).map(([name, argument]) => ({
      sql: `(${name}(${argument.sql}))`,
      of: (row) => UNARY[name]?.(argument.of(row)),
    })),
    fc.tuple(names(TEXTS), part, part).map(([name, left, right]) => ({
      sql: `${name}(${left.sql}, ${right.sql})`,
      of: (row) => {
        const [text, wanted] = [left.of(row), right.of(row)];
        return typeof text === 'string' && typeof wanted === 'string' ? TEXTS[name]?.(text, wanted) : undefined;
      },
    })),
    fc.tuple(part, part, part).map(([condition, then, otherwise]) => ({
      sql: `(${condition.sql} ? ${then.sql} : ${otherwise.sql})`,
      of: (row) => (condition.of(row) === true ? then.of(row) : otherwise.of(row)),
    })),
    fc.tuple(part, part, part).map(([operand, low, high]) => ({
      sql: `(${operand.sql} BETWEEN ${low.sql} AND ${high.sql})`,
      of: (row) => bothOf(isLess(low.of(row), operand.of(row), true), isLess(operand.of(row), high.of(row), true)),
    })),
    fc.tuple(part, fc.array(part, { minLength: 1, maxLength: 3 })).map(([operand, choices]) => ({
      sql: `(${operand.sql} IN (${choices.map(({ sql }) => sql).join(', ')}))`,
      of: (row) => {
        const wanted = operand.of(row);
        return wanted === undefined ? undefined : choices.some((choice) => isEqual(wanted, choice.of(row)) === true);
      },
    })),
    fc.tuple(part, part).map(([list, wanted]) => ({
      sql: `ARRAY_CONTAINS(${list.sql}, ${wanted.sql})`,
      of: (row) => {
        const [elements, element] = [list.of(row), wanted.of(row)];
        if (!Array.isArray(elements)) return undefined;
        return elements.some((candidate) => isEqual(candidate, element) === true);
      },
    })),
  ];
}

export const aggregateName = fc.constantFrom<AggregateName>('COUNT', 'SUM', 'AVG', 'MIN', 'MAX');
