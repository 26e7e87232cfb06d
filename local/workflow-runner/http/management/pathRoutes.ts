/** Values of the parts of a path that a pattern leaves open. */
export type PathParts = Record<string, string>;

export interface Route<Handler> {
  method: string;
  /** Parts of the path; `:name` stands for any one. */
  pattern: string;
  handler: Handler;
}

/** The route of a path, or the methods that the path knows instead; undefined for an unknown path. */
export function findRoute<Handler>(
  routes: readonly Route<Handler>[],
  method: string,
  parts: readonly string[],
): { handler: Handler; path: PathParts } | { allowed: string[] } | undefined {
  const allowed: string[] = [];
  for (const route of routes) {
    const path = matchPattern(route.pattern, parts);
    if (!path) continue;
    if (route.method === method) return { handler: route.handler, path };
    allowed.push(route.method);
  }
  return allowed.length > 0 ? { allowed } : undefined;
}

function matchPattern(pattern: string, parts: readonly string[]): PathParts | undefined {
  const wanted = pattern.split('/').filter(Boolean);
  if (wanted.length !== parts.length) return undefined;
  const path: PathParts = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(':')) path[part.slice(1)] = parts[index]!;
    else if (part.toLowerCase() !== parts[index]!.toLowerCase()) return undefined;
  }
  return path;
}
