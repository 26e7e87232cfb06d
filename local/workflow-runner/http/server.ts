import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkflowRuntime } from '../engine/workflowRuntime.ts';
import { ControlError } from '../../process/serviceHost.ts';
import type { Json } from '../json.ts';
import type { ServedWorkflow } from '../servedWorkflow.ts';
import { HttpError, notFound } from './httpError.ts';
import { served } from './management/call.ts';
import { templateError } from './management/describeRun.ts';
import { MANAGEMENT_PATH } from './management/links.ts';
import { manage } from './management/routes.ts';
import { invokeRequestTrigger, type HttpAnswer } from './requestTrigger.ts';

/** Azure's limit of a message. */
const MAX_BODY_BYTES = 100 * 1024 * 1024;

/** Serves triggers and run history on 127.0.0.1; port 0 takes a free one. */
export async function listen(args: {
  port: number;
  workflows: ReadonlyMap<string, ServedWorkflow>;
}): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    route(args.workflows, request)
      .catch((error: unknown) => refusal(error))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch((error: unknown) => abandon(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, args.port)));
    server.listen(args.port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new ControlError(
    `The workflow runner cannot listen on 127.0.0.1:${port}: the port is in use; end what uses it.`,
  );
}

async function route(workflows: ReadonlyMap<string, ServedWorkflow>, request: IncomingMessage): Promise<HttpAnswer> {
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (!url) throw notFound('The path of the request is not valid.');
  const body = await readBody(request);
  const invoked = /^\/api\/([^/]+)\/triggers\/([^/]+)\/invoke(\/.*)?$/.exec(url.pathname);
  if (invoked) {
    const [, workflow = '', trigger = '', relativePath = ''] = invoked;
    const runtime = callable(served({ workflows, path: { workflow } }), trigger);
    return invokeRequestTrigger({ runtime, request, relativePath, queries: url.searchParams, body });
  }
  if (!url.pathname.startsWith(MANAGEMENT_PATH)) throw notFound(`There is no ${url.pathname}.`);
  const parts = url.pathname.slice(MANAGEMENT_PATH.length).split('/').filter(Boolean).map(decoded);
  const origin = `http://127.0.0.1:${request.socket.localPort}`;
  const managed = await manage(request.method ?? 'GET', parts, { workflows, query: url.searchParams, origin });
  const { status, headers } = managed;
  return managed.body === undefined ? { status, headers: headers ?? {} } : json(managed.body, status, headers);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new HttpError({ status: 400, code: 'BadRequest', message: `The path is not valid: ${String(error)}.` });
  }
}

function callable(workflow: ServedWorkflow, trigger: string): WorkflowRuntime {
  const { name, runtime, error } = workflow;
  if (!runtime) throw new HttpError({ status: 400, ...templateError(error.message) });
  const { triggerName, trigger: definition } = runtime.workflow;
  if (triggerName.toLowerCase() === trigger.toLowerCase() && definition.type === 'Request') return runtime;
  const message = `The workflow '${name}' has no Request trigger '${trigger}'; its trigger is '${triggerName}' of type ${definition.type}.`;
  throw new HttpError({ status: 404, code: 'TriggerNotFound', message });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES)
      throw new HttpError({
        status: 413,
        code: 'RequestEntityTooLarge',
        message: `A request has at most ${MAX_BODY_BYTES} bytes.`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function json(value: Json, status = 200, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

function refusal(error: unknown): HttpAnswer {
  if (error instanceof HttpError) return json({ error: { code: error.code, message: error.message } }, error.status);
  console.error(error);
  const message = 'The workflow runner could not serve the request. See its log.';
  return json({ error: { code: 'InternalServerError', message } }, 500);
}

/** Only headers that a Response action made up can be refused here. */
function abandon(response: ServerResponse, error: unknown): void {
  console.error(error);
  response.destroy();
}
