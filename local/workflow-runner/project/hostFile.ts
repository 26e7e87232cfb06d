import { HostError } from '../../functions-host/hostError.ts';
import { parseHostJson, type EventHubsOptions } from '../../functions-host/settings/hostJson.ts';
import { hostJsonOverrides } from '../../functions-host/settings/hostJsonOverrides.ts';
import { Section } from '../../functions-host/settings/section.ts';
import type { Json } from '../json.ts';
import { ProjectError } from './projectError.ts';
import type { Settings } from './settings.ts';

export type { EventHubsOptions };

/** What host.json and app settings say about the whole app. */
export interface HostOptions {
  /** How Event Hubs triggers receive (`extensions.eventHubs`). */
  eventHubs: EventHubsOptions;
  /** How long the history of a run is kept after its start, ms. */
  retentionMs: number;
}

const DAY_MS = 86_400_000;
const RETENTION_SETTING = 'Workflows.RuntimeConfiguration.RetentionInDays';

/** Reads them. Logic Apps runs on the Functions host, so host.json has the same form. Throws a `ProjectError`. */
export function readHostOptions(host: Json, settings: Settings): HostOptions {
  try {
    const content = hostJsonOverrides(host, settings);
    return { eventHubs: parseHostJson(content).eventHubs, retentionMs: readRetention(content, settings) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new ProjectError({ file: 'host.json', fault: error.message });
  }
}

/** The app setting in days, else `Runtime.FlowRetentionThreshold` of host.json, 90 days by default. */
function readRetention(host: unknown, settings: Settings): number {
  const days = settings[RETENTION_SETTING];
  if (days === undefined) {
    const workflow = new Section(host, '').section('extensions').section('workflow').section('settings');
    return workflow.timeSpan('Runtime.FlowRetentionThreshold', 90 * DAY_MS);
  }
  if (/^[1-9]\d{0,3}$/.test(days)) return Number(days) * DAY_MS;
  throw new ProjectError({
    file: 'app settings',
    fault: `${RETENTION_SETTING} must be a whole number of days, not ${JSON.stringify(days)}`,
  });
}
