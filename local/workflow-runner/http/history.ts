import type { ActionRecord } from '../engine/records.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Workflow } from '../project/definition.ts';
import type { RunStore, RunSummary } from '../store/runStore.ts';
import { HttpError } from './httpError.ts';

/** Base path of the management API of a Logic Apps Standard host. */
export const MANAGEMENT_PATH = '/runtime/webhooks/workflow/api/management/workflows';

const PAGE = 30;
const LARGEST_PAGE = 250;

/** Workflows of the project. */
export function describeWorkflows(workflows: Workflow[]): Json {
  return workflows.map(({ name, kind, triggerName, trigger }) => ({
    id: `/workflows/${name}`,
    name,
    type: 'Microsoft.Web/sites/hostruntime/webhooks/api/workflows',
    kind,
    isDisabled: false,
    triggers: { [triggerName]: { type: trigger.type, ...(trigger.kind !== undefined && { kind: trigger.kind }) } },
  }));
}

/** One page of runs, newest first; `nextLink` leads to the next one. */
export function listRuns(workflow: string, store: RunStore, query: URLSearchParams): JsonObject {
  const top = Number(query.get('$top') ?? PAGE);
  if (!Number.isInteger(top) || top < 1 || top > LARGEST_PAGE)
    throw new HttpError({
      status: 400,
      code: 'InvalidTop',
      message: `$top must be a whole number from 1 to ${LARGEST_PAGE}.`,
    });
  const runs = store.runs(workflow, { limit: top, after: query.get('$skiptoken') ?? '' });
  const last = runs.at(-1);
  const more = runs.length === top && last !== undefined;
  const next = more ? `${MANAGEMENT_PATH}/${workflow}/runs?$top=${top}&$skiptoken=${last.id}` : undefined;
  return { value: runs.map(describeRun), ...(next !== undefined && { nextLink: next }) };
}

/** A run without its actions. */
export function describeRun(run: RunSummary): JsonObject {
  const { id, workflow, status, startTime, endTime, trigger, error } = run;
  return {
    id: `/workflows/${workflow}/runs/${id}`,
    name: id,
    type: 'workflows/runs',
    properties: {
      status,
      startTime,
      ...(endTime !== undefined && { endTime }),
      ...(error && { code: error.code, error: { ...error } }),
      correlation: { clientTrackingId: id },
      trigger,
    },
  };
}

/** Ended actions of a run, with inputs and outputs in place where Azure has links to them. */
export function listActions({ workflow, id }: RunSummary, records: ActionRecord[]): JsonObject {
  return {
    value: records.map((record) => describeAction(`/workflows/${workflow}/runs/${id}/actions/${record.name}`, record)),
  };
}

function describeAction(id: string, { name, path, ...properties }: ActionRecord): JsonObject {
  return {
    id,
    name,
    type: 'workflows/runs/actions',
    properties: { ...(properties as unknown as JsonObject), ...(path !== '' && { repetition: path }) },
  };
}
