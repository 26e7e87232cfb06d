import type { Binding, FunctionMetadata } from './app/coreTypes.ts';
import { HostError } from './hostError.ts';
import type { CreateListener } from './triggers/listener.ts';

/**
 * Triggers that the host serves, by binding type in lower case. Those without a listener are called over http. The clients
 * of the others take longer to load than all of the host, so they are loaded when a function needs them.
 */
export const TRIGGER_KINDS: Readonly<Record<string, { createListener?: CreateListener; retried: boolean }>> = {
  httptrigger: { retried: false },
  eventgridtrigger: { retried: false },
  eventhubtrigger: {
    retried: true,
    createListener: async (...args) =>
      (await import('./triggers/eventHub/eventHubListener.ts')).eventHubListener(...args),
  },
  cosmosdbtrigger: {
    retried: true,
    createListener: async (...args) =>
      (await import('./triggers/cosmosDb/cosmosDbListener.ts')).cosmosDbListener(...args),
  },
  timertrigger: {
    retried: true,
    createListener: async (...args) => (await import('./triggers/timer/timerListener.ts')).timerListener(...args),
  },
};

/** Loads the clients of the extension's triggers, while the worker loads the app. */
export async function preloadListeners(): Promise<void> {
  await import('./triggers/eventHub/eventHubListener.ts');
  await import('./triggers/cosmosDb/cosmosDbListener.ts');
}

/**
 * The one trigger of a function. Names of bindings are hashes, so it is found by its type. Throws `HostError` for a
 * trigger, input or output that this host does not serve: on Azure it would do something, here it would do nothing.
 */
export function triggerOf({ bindings }: FunctionMetadata): { name: string; binding: Binding } {
  const entries = Object.entries(bindings);
  const triggers = entries.filter(([, { type }]) => /trigger$/i.test(type));
  const others = entries.filter(([, { type, direction }]) => !/trigger$/i.test(type) && !isHttpOutput(type, direction));
  const unknown = triggers.filter(([, { type }]) => !Object.hasOwn(TRIGGER_KINDS, type.toLowerCase()));
  if (unknown.length > 0 || others.length > 0) {
    const types = [...unknown, ...others].map(([, { type }]) => `'${type}'`).join(', ');
    throw new HostError(
      `The binding type(s) ${types} are not registered. This host serves the triggers ` +
        `http, eventHub, cosmosDB, timer and eventGrid, and http as the output.`,
    );
  }
  const [trigger] = triggers;
  if (!trigger || triggers.length > 1) {
    throw new HostError(`It has ${triggers.length} triggers instead of one.`);
  }
  return { name: trigger[0], binding: trigger[1] };
}

function isHttpOutput(type: string, direction: string): boolean {
  return type.toLowerCase() === 'http' && direction === 'out';
}
