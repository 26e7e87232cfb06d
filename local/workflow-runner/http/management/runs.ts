import type { Json } from '../../json.ts';
import type { RunSummary } from '../../store/runStore.ts';
import { HttpError } from '../httpError.ts';
import { page, served, type Call, type Managed } from './call.ts';
import { describeRun } from './describeRun.ts';

/** Runs of a workflow in pages; `$filter=status eq 'Failed'` picks those of one status. */
export function listRuns(call: Call): Json {
  const { name, store } = served(call);
  const status = statusFilter(call.query.get('$filter'));
  return page(
    call,
    `/${name}/runs`,
    (query) => store.runs(name, { ...query, status }),
    (run) => describeRun(call.origin, run),
  );
}

function statusFilter(filter: string | null): string | undefined {
  if (filter === null || filter === '') return undefined;
  const status = /^\s*status\s+eq\s+'(\w+)'\s*$/i.exec(filter)?.[1];
  if (status !== undefined) return status;
  const message = "$filter knows one form here: status eq 'Failed'.";
  throw new HttpError({ status: 400, code: 'InvalidFilter', message });
}

/** The run that the path names. */
export function runOf(call: Call): RunSummary {
  const { name, store } = served(call);
  const run = store.run(name, call.path.run!);
  if (run) return run;
  const message = `The workflow '${name}' has no run '${call.path.run}'.`;
  throw new HttpError({ status: 404, code: 'WorkflowRunNotFound', message });
}

/** Cancels a run: what is under way is aborted, nothing more begins. */
export async function cancelRun(call: Call): Promise<Managed> {
  const { id, status } = runOf(call);
  if (await served(call).runtime?.cancel(id)) return { status: 200 };
  const message = `The run '${id}' cannot be cancelled: it is ${status}.`;
  throw new HttpError({ status: 409, code: 'WorkflowRunNotCancellable', message });
}
