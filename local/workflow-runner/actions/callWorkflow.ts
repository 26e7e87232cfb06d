import type { ActionContext, ActionKind, TriggerResponse, WorkflowCall } from '../engine/actionKind.ts';
import { durationMs } from '../engine/duration.ts';
import { succeeded, type ActionResult } from '../engine/records.ts';
import { readRetryPolicy, runWithRetry, type Attempt } from '../engine/retryPolicy.ts';
import { newRunId } from '../engine/runId.ts';
import { TriggerRefusal } from '../engine/triggerRefusal.ts';
import { unlessAborted } from '../engine/unlessAborted.ts';
import { isObject, toText, type JsonObject } from '../json.ts';
import { statusWord } from '../providers/provider.ts';

/** The other workflow, as a definition names it. */
export interface WorkflowReference {
  workflow: { id: string };
  triggerName?: string;
}

/**
 * Calls another workflow of the project and waits for its Response action. The id of the other run is chosen before it
 * starts, so after a restart the caller waits for the same run instead of starting a second one.
 */
export const callWorkflow: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      inputs: {
        type: 'object',
        required: ['host'],
        additionalProperties: false,
        properties: {
          host: {
            type: 'object',
            required: ['workflow'],
            additionalProperties: false,
            properties: {
              workflow: {
                type: 'object',
                required: ['id'],
                additionalProperties: false,
                properties: { id: { type: 'string', pattern: '^[^@]+$' } },
              },
              triggerName: { type: 'string' },
            },
          },
          headers: { type: 'object' },
          body: {},
          retryPolicy: { type: 'object' },
        },
      },
      limit: { type: 'object', additionalProperties: false, properties: { timeout: { type: 'string' } } },
    },
  },
  definitionFault({ limit }) {
    const timeout = isObject(limit) ? limit.timeout : undefined;
    if (timeout === undefined || durationMs(String(timeout)) !== undefined) return undefined;
    return `limit.timeout ${JSON.stringify(timeout)} is no duration; write it like PT1H`;
  },
  async run(context) {
    const { definition, evaluate, once, services, pause } = context;
    const { host, ...written } = definition.inputs as JsonObject;
    const { retryPolicy, ...sent } = evaluate(written) as JsonObject;
    const { workflow } = host as unknown as WorkflowReference;
    let number = 0;
    const result = await runWithRetry({
      policy: readRetryPolicy(retryPolicy),
      pause,
      timeScale: services.timeScale,
      attempt: async () => {
        const id = await once(`run ${number++}`, () => newRunId());
        return call(context, { workflow: workflow.id, id, ...readCall(sent) });
      },
    });
    return { ...result, inputs: { host: host!, ...sent } };
  },
};

function readCall({ headers, body }: JsonObject): Pick<WorkflowCall, 'headers' | 'body'> {
  const texts = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [name, toText(value)] as const);
  return { headers: Object.fromEntries(texts), body };
}

async function call({ definition, run, services, signal }: ActionContext, other: WorkflowCall): Promise<Attempt> {
  const { timeout } = (definition.limit ?? {}) as { timeout?: string };
  const limits = timeout === undefined ? [] : [AbortSignal.timeout(durationMs(timeout)!)];
  try {
    const answered = services.callWorkflow(other, run);
    return answer(other.workflow, await unlessAborted(answered, AbortSignal.any([signal, ...limits])));
  } catch (error) {
    if (error instanceof TriggerRefusal) return { result: failed('BadRequest', error.message), retry: false };
    if (signal.aborted || !limits[0]?.aborted) throw error;
    const message = `The workflow '${other.workflow}' did not answer within ${timeout}.`;
    return { result: { ...failed('ActionTimedOut', message), status: 'TimedOut' }, retry: false };
  }
}

function answer(workflow: string, response: TriggerResponse | undefined): Attempt {
  if (!response) {
    const message = `The run of the workflow '${workflow}' ended without a response.`;
    return { result: failed('NoResponse', message), retry: false };
  }
  const { statusCode, headers, body } = response;
  const outputs = { statusCode, headers, ...(body !== undefined && { body }) };
  const code = statusWord(statusCode);
  if (statusCode < 400) return { result: succeeded({ outputs, code }), retry: false };
  const result = failed(code, `The workflow '${workflow}' answered with status ${statusCode}.`);
  return {
    result: { ...result, outputs },
    retry: statusCode === 408 || statusCode === 429 || statusCode >= 500,
  };
}

function failed(code: string, message: string): ActionResult {
  return { status: 'Failed', code, error: { code, message } };
}
