import type { Settings } from './bindingExpressions.ts';

const PREFIX = /^AzureFunctionsJobHost(?:__|:)/i;
const SEPARATOR = /__|:/;

/**
 * host.json with the values of app settings such as `AzureFunctionsJobHost__extensions__eventHubs__prefetchCount` put over
 * it, as on Azure. Names match in any case. The content itself is left as it is.
 */
export function hostJsonOverrides(content: unknown, settings: Settings): unknown {
  const overrides = Object.entries(settings).filter(([name, value]) => PREFIX.test(name) && value !== undefined);
  if (overrides.length === 0 || !isObject(content)) return content;
  const merged = structuredClone(content);
  for (const [name, value] of overrides) put(merged, name.replace(PREFIX, '').split(SEPARATOR), value);
  return merged;
}

function put(target: Record<string, unknown>, [first, ...rest]: string[], value: unknown): void {
  const key = Object.keys(target).find((name) => name.toLowerCase() === first!.toLowerCase()) ?? first!;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const nested: Record<string, unknown> = isObject(inner) ? inner : {};
  target[key] = nested;
  put(nested, rest, value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
