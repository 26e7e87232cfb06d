import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Headers that Azure takes out of the answer of a Response action, and those that belong to the connection. */
const REMOVED = new Set([
  'allow',
  'connection',
  'cookie',
  'expires',
  'keep-alive',
  'last-modified',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const KEPT_CONTENT = new Set(['content-disposition', 'content-encoding', 'content-type']);

/** What of an answer's headers goes to the caller, names in lower case. */
export function sentHeaders(headers: Record<string, string>): Record<string, string> {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lowerCase.filter(([name]) => !isRemoved(name)));
}

function isRemoved(name: string): boolean {
  return REMOVED.has(name) || (name.startsWith('content-') && !KEPT_CONTENT.has(name));
}

/** What makes headers impossible to send, as one clause. */
export function headersFault(headers: Record<string, string>): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      return `the header ${JSON.stringify(name)} cannot be sent: ${(error as Error).message}`;
    }
  }
  return undefined;
}
