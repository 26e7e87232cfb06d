import { without, type Json } from '../../json.ts';
import type { RunnableWorkflow } from '../../servedWorkflow.ts';
import type { Firing } from '../../store/runStore.ts';
import { startRuns } from '../../triggers/triggerRuns.ts';
import { HttpError, notFound } from '../httpError.ts';
import { shown } from './actions.ts';
import { page, served, type Call, type Managed } from './call.ts';
import { describeFiring, describeTrigger } from './describeRun.ts';
import type { Recorded } from './links.ts';

export async function triggersOf(call: Call): Promise<Managed> {
  const workflow = served(call);
  const value = workflow.runtime ? [await describeTrigger(workflow)] : [];
  return { status: 200, body: { value } };
}

export async function triggerOf(call: Call): Promise<Managed> {
  return { status: 200, body: await describeTrigger(withTrigger(call)) };
}

/** Fires a trigger now, without waiting for its time or its caller. */
export async function runTrigger(call: Call): Promise<Managed> {
  const { name, runtime } = withTrigger(call);
  const { type } = runtime.workflow.trigger;
  if (type === 'ServiceProvider') {
    const message = `The trigger of '${name}' starts with what its service sends.`;
    throw new HttpError({ status: 400, code: 'InvalidWorkflowTriggerType', message });
  }
  const [run] = await startRuns(runtime, {});
  return { status: 202, ...(run && { headers: { 'x-ms-workflow-run-id': run.id } }) };
}

/** Address of a Request trigger; calls need no signature here. */
export function callbackUrl(call: Call): Managed {
  const { name, runtime } = withTrigger(call);
  const { triggerName, trigger } = runtime.workflow;
  if (trigger.type !== 'Request') {
    const message = `The trigger of '${name}' has no callback URL: it is of type ${trigger.type}.`;
    throw new HttpError({ status: 400, code: 'InvalidWorkflowTriggerType', message });
  }
  const { method = 'POST', relativePath } = trigger.inputs ?? {};
  const basePath = `${call.origin}/api/${name}/triggers/${triggerName}/invoke`;
  const path = relativePath === undefined ? '' : `/${relativePath.replace(/^\//, '')}`;
  return { status: 200, body: { value: `${basePath}${path}`, method, basePath } };
}

/** Firings of a trigger in pages, with a run or without. */
export function listFirings(call: Call): Json {
  const { name, store, runtime } = withTrigger(call);
  const path = `/${name}/triggers/${runtime.workflow.triggerName}/histories`;
  return page(
    call,
    path,
    (query) => store.firings(name, query),
    (firing) => describeFiring({ origin: call.origin, workflow: name }, firing),
  );
}

export function firingOf(call: Call): Json {
  return describeFiring({ origin: call.origin, workflow: withTrigger(call).name }, findFiring(call));
}

/** What a firing brought along. */
export function firingContent(call: Call): Json {
  return shown(call, 'Trigger', findFiring(call).trigger as unknown as Recorded);
}

/** Starts a run with what an earlier firing brought along. */
export async function resubmit(call: Call): Promise<Managed> {
  const { runtime } = withTrigger(call);
  const { trigger } = findFiring(call);
  const time = new Date().toISOString();
  const record = without(trigger, 'error');
  const run = await runtime.start({ ...record, status: 'Succeeded', code: '202', startTime: time, endTime: time });
  return { status: 202, headers: { 'x-ms-workflow-run-id': run.id } };
}

function withTrigger(call: Call): RunnableWorkflow {
  const workflow = served(call);
  const { trigger = '' } = call.path;
  if (workflow.runtime && workflow.runtime.workflow.triggerName.toLowerCase() === trigger.toLowerCase())
    return workflow;
  const known = workflow.runtime
    ? `; its trigger is '${workflow.runtime.workflow.triggerName}'`
    : ', since it is not healthy';
  const message = `The workflow '${workflow.name}' has no trigger '${trigger}'${known}.`;
  throw new HttpError({ status: 404, code: 'WorkflowTriggerNotFound', message });
}

function findFiring(call: Call): Firing {
  const { name, store } = withTrigger(call);
  const firing = store.firing(name, call.path.history!);
  if (firing) return firing;
  throw notFound(`The trigger '${call.path.trigger}' has no history '${call.path.history}'.`);
}
