import { hasResponse } from './project/definition.ts';
import { ProjectError } from './project/projectError.ts';
import type { Connections } from './project/connections.ts';
import type { Settings } from './project/settings.ts';
import { identityTokens } from './providers/identityTokens.ts';
import type { ProviderClient } from './providers/provider.ts';
import { providers } from './providers/registry.ts';
import { startRuns } from './triggers/triggerRuns.ts';
import { TriggerRefusal } from './engine/triggerRefusal.ts';
import type { TriggerResponse, WorkflowCall } from './engine/actionKind.ts';
import type { Services } from './engine/services.ts';
import type { WorkflowRuntime } from './engine/workflowRuntime.ts';

/** What the runs of a runner share: open connections, tokens, the other workflows. */
export function runnerServices(args: {
  connections: Connections;
  settings: Settings;
  timeScale: number;
  /** The runtime of a workflow, or why it is refused; the checks at load time have seen that there is the workflow. */
  runtime(workflow: string): WorkflowRuntime | ProjectError;
}): Services {
  const { connections, settings, timeScale } = args;
  const clients = new Map<string, ProviderClient>();
  return {
    settings,
    timeScale,
    connection(name) {
      const known = clients.get(name);
      if (known) return known;
      const connection = connections.get(name);
      if (!connection || connection instanceof ProjectError) throw connection ?? new Error(`no connection "${name}"`);
      const client = providers.find(({ id }) => id === connection.provider)!.open(connection);
      clients.set(name, client);
      return client;
    },
    token: identityTokens(),
    callWorkflow: (call, caller) => callWorkflow(args.runtime(call.workflow), call, caller),
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close?.()));
    },
  };
}

/** A run that was started before a restart is waited for; it is not started twice. */
async function callWorkflow(
  runtime: WorkflowRuntime | ProjectError,
  { workflow, id, headers, body }: WorkflowCall,
  caller: string,
): Promise<TriggerResponse | undefined> {
  if (runtime instanceof ProjectError)
    throw new TriggerRefusal(`The workflow '${workflow}' cannot be called: ${runtime.message}.`);
  const outputs = { headers, queries: {}, relativePathParameters: {}, ...(body !== undefined && { body }) };
  const known = runtime.attach(id);
  if (!known && runtime.isFull) return { statusCode: 429, headers: {} };
  const run = known ?? (await startRuns(runtime, outputs, { id, caller }))[0];
  if (!run || !hasResponse(runtime.workflow.definition.actions)) return { statusCode: 202, headers: {} };
  const response = await run.response;
  if (!response && runtime.isOpen(id)) throw new Error(`the run ${id} was put aside: the runner stops`);
  return response;
}
