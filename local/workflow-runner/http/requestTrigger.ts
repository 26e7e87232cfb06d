import type { IncomingMessage } from 'node:http';
import { compileSchema, schemaFaults } from '../engine/jsonSchema.ts';
import { TriggerRefusal } from '../engine/triggerRefusal.ts';
import type { WorkflowRuntime } from '../engine/workflowRuntime.ts';
import type { Json, JsonObject } from '../json.ts';
import { hasResponse } from '../project/definition.ts';
import { startRuns, type StartOptions, type TriggeredRun } from '../triggers/triggerRuns.ts';
import { bodyFromContent, contentFromBody } from './content.ts';
import { HttpError } from './httpError.ts';
import { sentHeaders } from './responseHeaders.ts';

/** Longest time that a caller waits for a Response action on Azure. */
const RESPONSE_TIMEOUT_MS = 120_000;

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body?: Buffer;
}

/**
 * Serves a call of a Request trigger: 202 at once, or what a Response action says. As on Azure it answers no handshake of
 * Event Grid; a workflow that Event Grid is to start listens to a hub that it delivers to.
 */
export async function invokeRequestTrigger(args: {
  runtime: WorkflowRuntime;
  request: IncomingMessage;
  /** Path behind `/invoke`. */
  relativePath: string;
  queries: URLSearchParams;
  body: Buffer;
}): Promise<HttpAnswer> {
  const { runtime, request } = args;
  const { method: only = 'POST', relativePath } = runtime.workflow.trigger.inputs ?? {};
  if (request.method !== only)
    throw new HttpError({
      status: 405,
      code: 'MethodNotAllowed',
      message: `The trigger takes ${only}, not ${request.method}.`,
    });
  if (runtime.isFull)
    throw new HttpError({
      status: 429,
      code: 'TooManyRequests',
      message: `As many runs of '${runtime.workflow.name}' wait for their turn as its trigger allows; call later.`,
    });
  const body = readBody(args.body, request.headers['content-type']);
  checkSchema(runtime, body);
  const outputs: JsonObject = {
    headers: headersOf(request),
    queries: Object.fromEntries(args.queries),
    relativePathParameters: pathParameters(relativePath, args.relativePath),
    ...(body !== undefined && { body }),
  };
  const trackingId = request.headers['x-ms-client-tracking-id'];
  const options = typeof trackingId === 'string' && trackingId !== '' ? { trackingId } : {};
  return respond(runtime, await start(runtime, outputs, options));
}

async function respond(runtime: WorkflowRuntime, runs: TriggeredRun[]): Promise<HttpAnswer> {
  const { name, triggerName, definition } = runtime.workflow;
  const headers: Record<string, string> = {
    'x-ms-workflow-name': name,
    'x-ms-trigger-history-name': triggerName,
    ...(runs[0] && { 'x-ms-workflow-run-id': runs[0].id, 'x-ms-client-tracking-id': runs[0].trackingId }),
  };
  if (!runs[0] || !hasResponse(definition.actions)) return { status: 202, headers };
  const response = await within(runs[0].response, RESPONSE_TIMEOUT_MS);
  if (response === 'late')
    throw gatewayError(504, 'GatewayTimeout', 'within the time limit of 120 seconds', runs[0].id);
  if (!response) throw gatewayError(502, 'NoResponse', 'before the run ended', runs[0].id);
  return answer(response.statusCode, { ...headers, ...response.headers }, response.body);
}

function gatewayError(status: number, code: string, when: string, run: string): HttpError {
  const message = `The server did not receive a response from the workflow ${when}. See the run '${run}'.`;
  return new HttpError({ status, code, message });
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function answer(status: number, headers: Record<string, string>, body: Json | undefined): HttpAnswer {
  const content = contentFromBody(body);
  const sent = sentHeaders(headers);
  if (!content) return { status, headers: sent };
  return { status, headers: { 'content-type': content.contentType, ...sent }, body: content.bytes };
}

async function start(runtime: WorkflowRuntime, outputs: JsonObject, options: StartOptions): Promise<TriggeredRun[]> {
  try {
    return await startRuns(runtime, outputs, options);
  } catch (error) {
    if (!(error instanceof TriggerRefusal)) throw error;
    throw new HttpError({ status: 400, code: 'TriggerInputInvalid', message: error.message });
  }
}

function readBody(bytes: Buffer, contentType: string | undefined): Json | undefined {
  try {
    return bodyFromContent(bytes, contentType);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = `The request content is not valid and could not be deserialized: ${error.message}.`;
    throw new HttpError({ status: 400, code: 'InvalidRequestContent', message });
  }
}

/** The trigger's schema only describes the body for the designer, unless the trigger asks for validation. */
function checkSchema({ workflow: { trigger } }: WorkflowRuntime, body: Json | undefined): void {
  const schema = trigger.inputs?.schema;
  if (trigger.operationOptions !== 'EnableSchemaValidation' || schema === undefined) return;
  const validate = compileSchema(schema);
  if (validate(body ?? null)) return;
  const message = `The request body does not match the schema of the trigger: ${schemaFaults(validate)}.`;
  throw new HttpError({ status: 400, code: 'TriggerInputSchemaMismatch', message });
}

function headersOf(request: IncomingMessage): JsonObject {
  const headers = Object.entries(request.headersDistinct);
  return Object.fromEntries(headers.map(([name, values]) => [titleCase(name), (values ?? []).join(', ')]));
}

/** Header names as the runtime writes them: `Content-Type`. */
function titleCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** `{id}` of the trigger's relative path against the path that was called. */
function pathParameters(pattern: string | undefined, path: string): JsonObject {
  const wanted = (pattern ?? '').split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  const literalsMatch = wanted.every((part, index) => /^\{.+\}$/.test(part) || part === given[index]);
  if (wanted.length !== given.length || !literalsMatch)
    throw new HttpError({
      status: 404,
      code: 'NotFound',
      message: `The trigger has the path /${wanted.join('/')}, not /${given.join('/')}.`,
    });
  const parameters = wanted.flatMap((part, index) =>
    part.startsWith('{') ? [[part.slice(1, -1), decodedSegment(given[index]!)] as const] : [],
  );
  return Object.fromEntries(parameters);
}

function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError({
      status: 400,
      code: 'BadRequest',
      message: `The path has the segment ${segment}, which is not percent-encoded.`,
    });
  }
}
