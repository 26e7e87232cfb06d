import { AGGREGATES, type Accumulator } from './aggregate.ts';
import type { Expression } from './ast.ts';
import type { Evaluate, Scope } from './environment.ts';
import { SQL_CODES, SqlError, type Location } from './errors.ts';
import { FUNCTIONS, UNSUPPORTED_FUNCTIONS } from './functions/index.ts';
import { like, member, object, oneOf, unary } from './nodes.ts';
import { and, BINARY, or } from './operators.ts';
import { compileSelect, runSelect } from './select.ts';

/** Where an expression is compiled: the names it sees and, in the SELECT list of a grouped query, the grouping. */
export interface CompileContext {
  scope: Scope;
  grouping?: Grouping;
}

/** What the SELECT list of a grouped query may use: the keys, by fingerprint, and aggregates, collected here. */
export interface Grouping {
  keys: string[];
  aggregates: { make: () => Accumulator; argument: Evaluate }[];
}

/** The identity of an expression regardless of where it stands. */
export function fingerprint(expression: Expression): string {
  return JSON.stringify(expression, (name, value: unknown) => (name === 'location' ? undefined : value));
}

/** Turns an expression into a function of its environment. Unknown names and functions are refused here. */
export function compile(expression: Expression, context: CompileContext): Evaluate {
  const key = context.grouping?.keys.indexOf(fingerprint(expression)) ?? -1;
  if (key >= 0) return (environment) => environment.keys[key];
  const inner = (part: Expression) => compile(part, context);
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'parameter':
      return parameter(expression.name, expression.location);
    case 'identifier':
      return identifier(expression.name, expression.location, context);
    case 'member':
      return member(inner(expression.object), expression.property, inner);
    case 'array': {
      const elements = expression.elements.map(inner);
      return (environment) => elements.map((element) => element(environment)).filter((value) => value !== undefined);
    }
    case 'object':
      return object(expression.entries.map(({ name, value }) => ({ name, value: inner(value) })));
    case 'unary':
      return unary(expression.operator, inner(expression.operand));
    case 'binary': {
      const [left, right, operation] = [inner(expression.left), inner(expression.right), BINARY[expression.operator]];
      return (environment) => operation(left(environment), right(environment));
    }
    case 'logical': {
      const [left, right] = [inner(expression.left), inner(expression.right)];
      const operation = expression.operator === 'AND' ? and : or;
      return (environment) => operation(left(environment), () => right(environment));
    }
    case 'coalesce': {
      const [left, right] = [inner(expression.left), inner(expression.right)];
      return (environment) => {
        const value = left(environment);
        return value === undefined ? right(environment) : value;
      };
    }
    case 'conditional': {
      const [condition, then, otherwise] = [
        inner(expression.condition),
        inner(expression.then),
        inner(expression.otherwise),
      ];
      return (environment) => (condition(environment) === true ? then(environment) : otherwise(environment));
    }
    case 'in':
      return oneOf(inner(expression.operand), expression.choices.map(inner));
    case 'between': {
      const [operand, low, high] = [inner(expression.operand), inner(expression.low), inner(expression.high)];
      return (environment) => {
        const value = operand(environment);
        return and(BINARY['>='](value, low(environment)), () => BINARY['<='](value, high(environment)));
      };
    }
    case 'like':
      return like(inner(expression.operand), inner(expression.pattern), expression.escape && inner(expression.escape));
    case 'call':
      return call(expression, context);
    case 'exists': {
      const plan = compileSelect(expression.query, context.scope);
      return (environment) => runSelect(plan, environment).length > 0;
    }
    case 'arrayQuery': {
      const plan = compileSelect(expression.query, context.scope);
      return (environment) => runSelect(plan, environment);
    }
    case 'scalarQuery': {
      const plan = compileSelect(expression.query, context.scope);
      return (environment) => {
        const rows = runSelect(plan, environment);
        if (rows.length > 1) throw tooManyRows();
        return rows[0];
      };
    }
  }
}

function tooManyRows(): SqlError {
  const message = 'The cardinality of a scalar subquery result set cannot be greater than one.';
  return new SqlError(SQL_CODES.unsupported, message, { start: 0, end: 0 });
}

function parameter(name: string, location: Location): Evaluate {
  return ({ parameters }) => {
    const value = parameters.get(name);
    if (value === undefined && !parameters.has(name)) {
      throw new SqlError(
        SQL_CODES.unresolved,
        `The parameter '${name}' is used in the query but not provided.`,
        location,
      );
    }
    return value;
  };
}

function identifier(name: string, location: Location, { scope, grouping }: CompileContext): Evaluate {
  const slot = scope.resolve(name);
  if (slot === undefined) {
    throw new SqlError(SQL_CODES.unresolved, `Identifier '${name}' could not be resolved.`, location);
  }
  if (grouping) {
    throw new SqlError(
      SQL_CODES.grouping,
      `Property reference '${name}' is invalid in the select list because it is not contained in either an aggregate ` +
        'function or the GROUP BY clause.',
      location,
    );
  }
  return ({ slots }) => slots[slot];
}

function call(expression: Extract<Expression, { kind: 'call' }>, context: CompileContext): Evaluate {
  const { name, args, location } = expression;
  if (Object.hasOwn(AGGREGATES, name)) return aggregate(expression, context);
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!known && UNSUPPORTED_FUNCTIONS.has(name)) {
    throw new SqlError(SQL_CODES.unsupported, `The function ${name} is not supported by the local service.`, location);
  }
  if (!known) {
    throw new SqlError(SQL_CODES.unknownFunction, `'${name}' is not a recognized built-in function name.`, location);
  }
  const { minimum, maximum = minimum, evaluate } = known;
  if (args.length < minimum || args.length > maximum) {
    const wanted =
      minimum === maximum ? String(minimum) : `${minimum} to ${maximum === Infinity ? 'any number of' : maximum}`;
    throw new SqlError(SQL_CODES.arguments, `The ${name} function requires ${wanted} argument(s).`, location);
  }
  const compiled = args.map((argument) => compile(argument, context));
  return (environment) =>
    evaluate(
      compiled.map((argument) => argument(environment)),
      environment,
    );
}

function aggregate(expression: Extract<Expression, { kind: 'call' }>, { scope, grouping }: CompileContext): Evaluate {
  const { name, args, location } = expression;
  if (!grouping) {
    throw new SqlError(
      SQL_CODES.aggregate,
      `The aggregate function '${name}' is allowed in the SELECT clause only.`,
      location,
    );
  }
  const [only] = args;
  if (!only || args.length > 1) {
    throw new SqlError(SQL_CODES.arguments, `The ${name} function requires 1 argument(s).`, location);
  }
  const index = grouping.aggregates.length;
  grouping.aggregates.push({ make: AGGREGATES[name] as () => Accumulator, argument: compile(only, { scope }) });
  return ({ aggregates }) => aggregates[index];
}
