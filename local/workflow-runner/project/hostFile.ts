import { HostError } from '../../functions-host/hostError.ts';
import { parseHostJson, type EventHubsOptions } from '../../functions-host/settings/hostJson.ts';
import type { Json } from '../json.ts';
import { ProjectError } from './projectError.ts';

export type { EventHubsOptions };

/** How Event Hubs triggers receive. Logic Apps runs on the Functions host, so host.json says it in the same way. */
export function readEventHubsOptions(host: Json): EventHubsOptions {
  try {
    return parseHostJson(host).eventHubs;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new ProjectError({ file: 'host.json', fault: error.message });
  }
}
