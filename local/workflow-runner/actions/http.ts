import { isObject, toText, type Json, type JsonObject } from '../json.ts';
import { durationMs } from '../engine/duration.ts';
import { ActionError, succeeded } from '../engine/records.ts';
import { readRetryPolicy, runWithRetry, type Attempt } from '../engine/retryPolicy.ts';
import type { ActionContext, ActionKind } from '../engine/actionKind.ts';
import { bodyFromContent, contentFromBody } from '../http/content.ts';
import { statusWord } from '../providers/provider.ts';
import { authenticationFault, authorizationHeaders } from './httpAuthentication.ts';
import { followAccepted, type Send } from './httpPolling.ts';
import { retryAfterMs } from './retryAfter.ts';

/** Longest wait for one answer on Azure. */
const REQUEST_TIMEOUT_MS = 120_000;

export const http: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      inputs: {
        type: 'object',
        required: ['method', 'uri'],
        additionalProperties: false,
        properties: {
          method: { type: 'string' },
          uri: { type: 'string' },
          headers: { type: ['object', 'string'] },
          queries: { type: ['object', 'string'] },
          body: {},
          authentication: { type: 'object' },
          retryPolicy: { type: 'object' },
        },
      },
      limit: {
        type: 'object',
        additionalProperties: false,
        properties: { timeout: { type: 'string' } },
      },
      operationOptions: { enum: ['DisableAsyncPattern'] },
    },
  },
  definitionFault({ inputs, limit }) {
    const timeout = isObject(limit) ? limit.timeout : undefined;
    if (timeout !== undefined && durationMs(String(timeout)) === undefined)
      return `limit.timeout ${JSON.stringify(timeout)} is no duration; write it like PT30S`;
    return authenticationFault((inputs as JsonObject).authentication);
  },
  async run(context) {
    const request = readRequest(context);
    const policy = readRetryPolicy(request.retryPolicy);
    const outcome = await runWithRetry({
      policy,
      pause: context.pause,
      timeScale: context.services.timeScale,
      attempt: () => attempt(context, request),
    });
    return { ...outcome, inputs: request.recorded };
  },
};

interface HttpRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  authentication: Json | undefined;
  retryPolicy: Json | undefined;
  /** For the run history: without credentials. */
  recorded: JsonObject;
}

function readRequest({ definition, evaluate }: ActionContext): HttpRequest {
  const { authentication, retryPolicy, ...inputs } = evaluate(definition.inputs ?? {}) as JsonObject;
  const method = toText(inputs.method ?? '').toUpperCase();
  const url = requestUrl(toText(inputs.uri ?? ''), inputs.queries);
  const headers = Object.entries(isObject(inputs.headers) ? inputs.headers : {}).map(
    ([name, value]) => [name.toLowerCase(), toText(value)] as const,
  );
  const content = contentFromBody(inputs.body);
  if (content && (method === 'GET' || method === 'HEAD'))
    throw new ActionError({ code: 'BadRequest', message: `A ${method} request cannot have a body.`, inputs });
  return {
    url,
    method,
    headers: { ...(content && { 'content-type': content.contentType }), ...Object.fromEntries(headers) },
    body: content?.bytes,
    authentication,
    retryPolicy,
    recorded: inputs,
  };
}

function requestUrl(uri: string, queries: Json | undefined): string {
  if (!URL.canParse(uri) || !/^https?:/i.test(uri))
    throw new ActionError({
      code: 'BadRequest',
      message: `The uri ${JSON.stringify(uri)} is not valid; it must be an absolute http or https URL.`,
      inputs: { uri },
    });
  const url = new URL(uri);
  for (const [name, value] of Object.entries(isObject(queries) ? queries : {})) {
    url.searchParams.append(name, toText(value));
  }
  return url.href;
}

/** 408, 429, 5xx and lost connections may be repeated. */
async function attempt(context: ActionContext, request: HttpRequest): Promise<Attempt> {
  const { definition, services, signal, pause } = context;
  const { timeout } = (definition.limit ?? {}) as { timeout?: string };
  const limits = timeout === undefined ? [signal] : [signal, AbortSignal.timeout(durationMs(timeout)!)];
  const authorization = await authorizationHeaders(request.authentication, request.url, services);
  const send: Send = (url, init) =>
    fetch(url, {
      ...init,
      headers: { ...init.headers, ...authorization },
      signal: AbortSignal.any([...limits, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
  try {
    const { method, headers, body } = request;
    const first = await send(request.url, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    if (definition.operationOptions === 'DisableAsyncPattern') return await toAttempt(first);
    return await toAttempt(await followAccepted({ response: first, send, pause, timeScale: services.timeScale }));
  } catch (error) {
    if (signal.aborted || !(error instanceof Error) || !isLostConnection(error)) throw error;
    return noAnswer(error, timeout ?? `${REQUEST_TIMEOUT_MS / 1000} s`);
  }
}

/** `fetch` rejects with a `TypeError` for the network's faults and with a `TimeoutError` of our signals. */
function isLostConnection(error: Error): boolean {
  return error instanceof TypeError || error.name === 'TimeoutError';
}

function noAnswer(error: Error, limit: string): Attempt {
  if (error.name === 'TimeoutError') {
    const code = 'ActionTimedOut';
    const message = `The server did not answer within ${limit}.`;
    return { result: { status: 'TimedOut', code, error: { code, message } }, retry: true };
  }
  const code = 'ServiceUnavailable';
  const reason = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
  return {
    result: { status: 'Failed', code, error: { code, message: `The request failed: ${reason}.` } },
    retry: true,
  };
}

async function toAttempt(response: Response): Promise<Attempt> {
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const body = answerBody(Buffer.from(await response.arrayBuffer()), headers['content-type']);
  const outputs = { statusCode: status, headers, ...(body !== undefined && { body }) };
  const code = statusWord(status);
  if (status < 400) return { result: succeeded({ outputs, code }), retry: false };
  const error = { code, message: `The server answered with status ${status}.` };
  return {
    result: { status: 'Failed', code, outputs, error },
    retry: status === 408 || status === 429 || status >= 500,
    retryAfterMs: retryAfterMs(headers['retry-after']),
  };
}

/** A server that announces JSON and sends something else is shown as the text it sent. */
function answerBody(bytes: Buffer, contentType: string | undefined): Json | undefined {
  try {
    return bodyFromContent(bytes, contentType);
  } catch (error) {
    if (error instanceof SyntaxError) return bytes.toString('utf8');
    throw error;
  }
}
