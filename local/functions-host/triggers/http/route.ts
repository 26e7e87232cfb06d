import { HostError } from '../../hostError.ts';

/** Constraints of a route parameter (`{id:int}`) that are known, as patterns of one path segment. */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  int: '-?\\d{1,10}',
  long: '-?\\d{1,19}',
  decimal: '-?\\d+(?:\\.\\d+)?',
  double: '-?\\d+(?:\\.\\d+)?',
  float: '-?\\d+(?:\\.\\d+)?',
  bool: 'true|false',
  alpha: '[A-Za-z]+',
  guid: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
};

const PARAMETER = /^\{(\*{0,2})([A-Za-z_]\w*)(?::([^}?]+))?(\?)?\}$/;

/** A route template of an http trigger, ready to match paths. */
export interface Route {
  template: string;
  /** Routes with a lower one are tried first: literals before constrained parameters before free ones before the rest. */
  rank: string;
  /** Parameters of a path (decoded, without leading slash) that it matches. */
  match(path: string): Record<string, string> | undefined;
}

/**
 * Compiles a template such as `users/{id:int}/{*rest}`; `?` marks an optional last parameter. Literals match in any case,
 * as on Azure. Throws `HostError` for a template that it does not understand.
 */
export function compileRoute(template: string): Route {
  const names: string[] = [];
  let pattern = '^';
  let rank = '';
  const segments = template.split('/').filter(Boolean);
  for (const [index, segment] of segments.entries()) {
    const slash = index === 0 ? '' : '/';
    const parameter = PARAMETER.exec(segment);
    if (!parameter) {
      if (/[{}]/.test(segment)) throw unknownSegment(template, segment);
      pattern += slash + segment.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      rank += '0';
      continue;
    }
    const [, star, name, constraint, optional] = parameter;
    if (constraint && !Object.hasOwn(CONSTRAINTS, constraint)) throw unknownSegment(template, segment);
    names.push(name!);
    const value = star ? '.*' : constraint ? CONSTRAINTS[constraint]! : '[^/]+';
    pattern += star || optional ? `(?:${slash}(${value}))?` : `${slash}(${value})`;
    rank += star ? '3' : constraint ? '1' : '2';
  }
  const expression = new RegExp(`${pattern}$`, 'i');
  return {
    template,
    rank,
    match(path) {
      const found = expression.exec(path);
      if (!found) return undefined;
      const values = names.map((name, index) => [name, found[index + 1]] as const);
      return Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined));
    },
  };
}

function unknownSegment(template: string, segment: string): HostError {
  return new HostError(
    `The route "${template}" has the segment "${segment}", which is not supported. Allowed are ` +
      `literals, {name}, {name?}, {*name} and {name:${Object.keys(CONSTRAINTS).join('|')}}.`,
  );
}
