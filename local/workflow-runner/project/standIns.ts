import { parseTemplate } from '../expressions/template.ts';
import type { Json } from '../json.ts';
import type { Settings } from './settings.ts';

/**
 * What stands in for a managed identity on one machine; the only place that knows. The project's files name a service
 * as Azure needs it: by the setting `X__<property>`, signed in with a managed identity. The local cloud may set beside it
 *
 * - `X`: a connection string, which then replaces endpoint and identity of the connection, or
 * - `X__topicKey`: the key of the Event Grid topic at `X__topicEndpointUri`, which then replaces the identity's token.
 *
 * With neither set the identity signs in, here as on Azure.
 */
export interface StandIn {
  connectionString?: string;
  topicKey?: string;
}

/** The stand-in for a connection whose endpoint is written as `@appsetting('X__<property>')`. */
export function connectionStandIn(endpoint: Json | undefined, settings: Settings): StandIn {
  const prefix = connectionPrefix(endpoint);
  if (prefix === undefined) return {};
  const connectionString = settings[prefix];
  const topicKey = settings[`${prefix}__topicKey`];
  return { ...(connectionString && { connectionString }), ...(topicKey && { topicKey }) };
}

/** The key of the topic that a request goes to, where the local cloud has set one. */
export function topicKeyStandIn(uri: string, settings: Settings): string | undefined {
  const endpoints = Object.entries(settings).filter(([name]) => name.endsWith('__topicEndpointUri'));
  const found = endpoints.find(
    ([, endpoint]) => endpoint !== undefined && withoutQuery(uri) === withoutQuery(endpoint),
  );
  return found && settings[`${found[0].slice(0, -'topicEndpointUri'.length)}topicKey`];
}

/** `X` of `@appsetting('X__<property>')`. */
function connectionPrefix(endpoint: Json | undefined): string | undefined {
  if (typeof endpoint !== 'string') return undefined;
  const template = parseTemplate(endpoint);
  if (template.kind !== 'expression' || template.expression.kind !== 'call') return undefined;
  const [name] = template.expression.arguments;
  if (template.expression.name !== 'appsetting' || name?.kind !== 'literal') return undefined;
  return /^(\w+?)__\w+$/.exec(String(name.value))?.[1];
}

function withoutQuery(uri: string): string {
  return uri.split('?', 1)[0]!.replace(/\/$/, '');
}
