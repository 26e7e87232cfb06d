import { without, type Json, type JsonObject } from '../../json.ts';
import type { RunnableWorkflow, ServedWorkflow } from '../../servedWorkflow.ts';
import type { Firing, RunSummary } from '../../store/runStore.ts';
import { contents, type Recorded } from './links.ts';

/** A workflow with its health: `Unhealthy` with the reason where its files are refused. */
export function describeWorkflow({ name, runtime, error }: ServedWorkflow): JsonObject {
  const about = {
    id: `/workflows/${name}`,
    name,
    type: 'Microsoft.Web/sites/hostruntime/webhooks/api/workflows',
    isDisabled: false,
  };
  if (!runtime) return { ...about, health: { state: 'Unhealthy', error: { ...templateError(error.message) } } };
  const { kind, triggerName, trigger } = runtime.workflow;
  const described = { type: trigger.type, ...(trigger.kind !== undefined && { kind: trigger.kind }) };
  return { ...about, kind, triggers: { [triggerName]: described }, health: { state: 'Healthy' } };
}

/** Logic Apps' error for a definition that it does not take. */
export function templateError(fault: string): { code: string; message: string } {
  return { code: 'InvalidTemplate', message: `The template validation failed: '${fault}'.` };
}

/** A run without its actions. */
export function describeRun(origin: string, run: RunSummary): JsonObject {
  const { id, workflow, status, startTime, endTime, trigger, error, response } = run;
  return {
    id: `/workflows/${workflow}/runs/${id}`,
    name: id,
    type: 'workflows/runs',
    properties: {
      status,
      startTime,
      ...(endTime !== undefined && { endTime }),
      ...(error && { code: error.code, error: { ...error } }),
      correlation: { clientTrackingId: trackingIdOf(trigger, id) },
      workflow: { id: `/workflows/${workflow}`, name: workflow, type: 'workflows' },
      trigger: { ...recordedTrigger({ origin, workflow, id, trigger }), originHistoryName: id },
      ...(response && { response: { ...response } }),
      outputs: {},
    },
  };
}

/** The trigger of a workflow, with the time of the next recurrence. */
export async function describeTrigger({ name, runtime, trigger: own }: RunnableWorkflow): Promise<JsonObject> {
  const { triggerName, trigger } = runtime.workflow;
  const next = (await own?.describe())?.next;
  return {
    id: `/workflows/${name}/triggers/${triggerName}`,
    name: triggerName,
    type: 'workflows/triggers',
    properties: {
      provisioningState: 'Succeeded',
      state: 'Enabled',
      ...(trigger.recurrence && { recurrence: trigger.recurrence as unknown as Json }),
      ...(typeof next === 'string' && { nextExecutionTime: next }),
      workflow: { id: `/workflows/${name}`, name, type: 'workflows' },
    },
  };
}

/** A firing of a trigger, with the run that it started. */
export function describeFiring(
  { origin, workflow }: { origin: string; workflow: string },
  { id, startTime, trigger, fired }: Firing,
): JsonObject {
  const name = String(trigger.name);
  return {
    id: `/workflows/${workflow}/triggers/${name}/histories/${id}`,
    name: id,
    type: 'workflows/triggers/histories',
    properties: {
      ...without(recordedTrigger({ origin, workflow, id, trigger }), 'name'),
      startTime,
      correlation: { clientTrackingId: trackingIdOf(trigger, id) },
      fired,
      ...(fired && { run: { id: `/workflows/${workflow}/runs/${id}`, name: id, type: 'workflows/runs' } }),
    },
  };
}

function recordedTrigger(of: { origin: string; workflow: string; id: string; trigger: JsonObject }): JsonObject {
  const { origin, workflow, id, trigger } = of;
  const record = without(trigger, 'inputs', 'outputs', 'secured', 'correlation');
  const resource = { origin, id: `/workflows/${workflow}/triggers/${String(trigger.name)}/histories/${id}` };
  return { ...record, ...contents(resource, 'Trigger', trigger as unknown as Recorded) };
}

function trackingIdOf(trigger: JsonObject, id: string): Json {
  return (trigger.correlation as { clientTrackingId?: string } | undefined)?.clientTrackingId ?? id;
}
