import type { Arguments, PlainFunction } from './arguments.ts';

/** Parts of absolute URIs. */
export const uriFunctions: Record<string, PlainFunction> = {
  uriHost: { min: 1, max: 1, call: (args) => uri(args).hostname },
  uriPath: { min: 1, max: 1, call: (args) => uri(args).pathname },
  uriPathAndQuery: { min: 1, max: 1, call: (args) => uri(args).pathname + uri(args).search },
  uriPort: { min: 1, max: 1, call: (args) => Number(uri(args).port) || defaultPort(uri(args)) },
  uriQuery: { min: 1, max: 1, call: (args) => uri(args).search },
  uriScheme: { min: 1, max: 1, call: (args) => uri(args).protocol.slice(0, -1) },
};

function uri(args: Arguments): URL {
  return URL.canParse(args.text(0)) ? new URL(args.text(0)) : args.fail(`expects an absolute URI, not ${args.text(0)}`);
}

/** -1 where the scheme has no port of its own, as .NET says it. */
function defaultPort({ protocol }: URL): number {
  return { 'http:': 80, 'https:': 443, 'ftp:': 21, 'ws:': 80, 'wss:': 443 }[protocol] ?? -1;
}
