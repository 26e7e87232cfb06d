import { createHash } from 'node:crypto';
import { hostStorage } from '../../functions-host/storage/hostStorage.ts';
import { TriggerRefusal } from '../engine/triggerRefusal.ts';
import type { WorkflowRuntime } from '../engine/workflowRuntime.ts';
import type { JsonObject } from '../json.ts';
import type { Connections } from '../project/connections.ts';
import type { EventHubsOptions } from '../project/hostFile.ts';
import { ProjectError } from '../project/projectError.ts';
import type { Settings } from '../project/settings.ts';
import { providers } from '../providers/registry.ts';
import type { RunStore } from '../store/runStore.ts';
import { ProviderTrigger } from './providerTrigger.ts';
import { RecurrenceTimer } from './recurrenceTimer.ts';
import { startRuns } from './triggerRuns.ts';

/** A trigger that fires by itself, not by a call. */
export interface OwnTrigger {
  start(): void;
  stop(): Promise<void>;
  /** Next time, state, position and the like. */
  describe(): Promise<Record<string, unknown>>;
}

export interface OwnTriggerArgs {
  runtime: WorkflowRuntime;
  store: RunStore;
  connections: Connections;
  eventHubs: EventHubsOptions;
  dataDir: string;
  settings: Settings;
}

/** The trigger of a workflow, if it fires by itself: a recurrence, or one of a built-in connector. */
export function ownTrigger(args: OwnTriggerArgs): OwnTrigger | undefined {
  const { runtime, store } = args;
  const { name, trigger } = runtime.workflow;
  const warn = (message: string) => console.error(`workflow "${name}": ${message}`);
  if (trigger.recurrence) {
    const fire = () => fireAndNote(runtime, {}, warn);
    return new RecurrenceTimer({ workflow: name, recurrence: trigger.recurrence, store, fire });
  }
  return trigger.type === 'ServiceProvider' ? providerTrigger(args, warn) : undefined;
}

function providerTrigger(args: OwnTriggerArgs, warn: (message: string) => void): ProviderTrigger {
  const { runtime, connections, eventHubs, dataDir, settings } = args;
  const { name, trigger, triggerParameters = {} } = runtime.workflow;
  const { connectionName, operationId, serviceProviderId } = trigger.inputs!.serviceProviderConfiguration!;
  const connection = connections.get(connectionName);
  if (!connection || connection instanceof ProjectError)
    throw connection ?? new Error(`no connection "${connectionName}"`);
  return new ProviderTrigger({
    operation: providers.find(({ id }) => id === serviceProviderId)!.triggers[operationId]!,
    context: {
      connectionName,
      connection,
      parameters: triggerParameters,
      storage: hostStorage(settings),
      eventHubs,
      // One runner works on a data folder, so folder and workflow name it, also after a crash.
      instanceId: createHash('sha256').update(`${dataDir}/${name}`).digest('hex').slice(0, 16),
      fire: async (outputs, cutOff) => {
        await runtime.room(cutOff);
        await fireAndNote(runtime, outputs, warn);
      },
      warn: (message) => warn(`connection "${connectionName}": ${message}`),
    },
  });
}

/** What cannot start a run does not come again, as on Azure; the history of the trigger has it. */
async function fireAndNote(
  runtime: WorkflowRuntime,
  outputs: JsonObject,
  warn: (message: string) => void,
): Promise<void> {
  try {
    await startRuns(runtime, outputs);
  } catch (error) {
    if (!(error instanceof TriggerRefusal)) throw error;
    warn(error.message);
  }
}
