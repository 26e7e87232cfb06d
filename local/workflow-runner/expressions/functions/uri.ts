import type { Arguments, PlainFunction } from './arguments.ts';

/** Parts of absolute URIs. */
export const uriFunctions: Record<string, PlainFunction> = {
  urihost: { min: 1, max: 1, call: (args) => uri(args).hostname },
  uripath: { min: 1, max: 1, call: (args) => uri(args).pathname },
  uripathandquery: { min: 1, max: 1, call: (args) => uri(args).pathname + uri(args).search },
  uriport: { min: 1, max: 1, call: (args) => Number(uri(args).port) || defaultPort(uri(args)) },
  uriquery: { min: 1, max: 1, call: (args) => uri(args).search },
  urischeme: { min: 1, max: 1, call: (args) => uri(args).protocol.slice(0, -1) },
};

function uri(args: Arguments): URL {
  return URL.canParse(args.text(0)) ? new URL(args.text(0)) : args.fail(`expects an absolute URI, not ${args.text(0)}`);
}

/** -1 where the scheme has no port of its own, as .NET says it. */
function defaultPort({ protocol }: URL): number {
  return { 'http:': 80, 'https:': 443, 'ftp:': 21, 'ws:': 80, 'wss:': 443 }[protocol] ?? -1;
}
