import type { Binding, FunctionMetadata } from './app/coreTypes.ts';
import { HostError } from './hostError.ts';
import { cosmosDbListener } from './triggers/cosmosDb/cosmosDbListener.ts';
import { eventHubListener } from './triggers/eventHub/eventHubListener.ts';
import type { CreateListener } from './triggers/listener.ts';
import { timerListener } from './triggers/timer/timerListener.ts';

/** Triggers that the host serves, by binding type in lower case. Those without a listener are called over http. */
export const TRIGGER_KINDS: Readonly<Record<string, { createListener?: CreateListener; retried: boolean }>> = {
  httptrigger: { retried: false },
  eventgridtrigger: { retried: false },
  eventhubtrigger: { createListener: eventHubListener, retried: true },
  cosmosdbtrigger: { createListener: cosmosDbListener, retried: true },
  timertrigger: { createListener: timerListener, retried: true },
};

/**
 * The one trigger of a function. Names of bindings are hashes, so it is found by its type. Throws `HostError` for a
 * trigger, input or output that this host does not serve: on Azure it would do something, here it would do nothing.
 */
export function triggerOf({ name, bindings }: FunctionMetadata): { name: string; binding: Binding } {
  const entries = Object.entries(bindings);
  const triggers = entries.filter(([, { type }]) => /trigger$/i.test(type));
  const others = entries.filter(([, { type, direction }]) => !/trigger$/i.test(type) && !isHttpOutput(type, direction));
  const unknown = triggers.filter(([, { type }]) => !Object.hasOwn(TRIGGER_KINDS, type.toLowerCase()));
  if (unknown.length > 0 || others.length > 0) {
    const types = [...unknown, ...others].map(([, { type }]) => `'${type}'`).join(', ');
    throw new HostError(
      `The '${name}' function is in error: The binding type(s) ${types} are not registered. This host serves the triggers ` +
        `http, eventHub, cosmosDB, timer and eventGrid, and http as the output.`,
    );
  }
  const [trigger] = triggers;
  if (!trigger || triggers.length > 1) {
    throw new HostError(`The '${name}' function is in error: it has ${triggers.length} triggers instead of one.`);
  }
  return { name: trigger[0], binding: trigger[1] };
}

function isHttpOutput(type: string, direction: string): boolean {
  return type.toLowerCase() === 'http' && direction === 'out';
}
