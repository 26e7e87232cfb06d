import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ControlError } from '../../process/serviceHost.ts';
import type { WorkflowRuntime } from '../engine/workflowRuntime.ts';
import type { RunStore } from '../store/runStore.ts';
import { describeRun, describeWorkflows, listActions, listRuns, MANAGEMENT_PATH } from './history.ts';
import { HttpError } from './httpError.ts';
import { invokeRequestTrigger, type HttpAnswer } from './requestTrigger.ts';

/** Azure's limit of a message. */
const MAX_BODY_BYTES = 100 * 1024 * 1024;

/** What the server serves. */
export interface ServedWorkflow {
  runtime: WorkflowRuntime;
  store: RunStore;
}

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
    const [, name = '', trigger = '', relativePath = ''] = invoked;
    const { runtime } = served(workflows, name);
    checkTrigger(runtime, trigger);
    return invokeRequestTrigger({ runtime, request, relativePath, queries: url.searchParams, body });
  }
  if (url.pathname.startsWith(MANAGEMENT_PATH)) {
    if (request.method !== 'GET')
      throw new HttpError({ status: 405, code: 'MethodNotAllowed', message: 'The history is read with GET.' });
    const parts = url.pathname.slice(MANAGEMENT_PATH.length).split('/').filter(Boolean);
    return json(history(workflows, parts, url.searchParams));
  }
  throw notFound(`There is no ${url.pathname}.`);
}

function history(workflows: ReadonlyMap<string, ServedWorkflow>, parts: string[], query: URLSearchParams): unknown {
  const [name, runs, id, actions] = parts;
  if (name === undefined) return describeWorkflows([...workflows.values()].map(({ runtime }) => runtime.workflow));
  const { store, runtime } = served(workflows, name);
  if (runs === undefined) return (describeWorkflows([runtime.workflow]) as unknown[])[0];
  if (runs !== 'runs' || (actions !== undefined && actions !== 'actions') || parts.length > 4)
    throw notFound('The history of a workflow has /runs, /runs/{run} and /runs/{run}/actions.');
  if (id === undefined) return listRuns(runtime.workflow.name, store, query);
  const run = store.run(runtime.workflow.name, id);
  if (!run) throw notFound(`The workflow '${name}' has no run '${id}'.`);
  return actions === undefined ? describeRun(run) : listActions(run, store.actions(id));
}

function served(workflows: ReadonlyMap<string, ServedWorkflow>, name: string): ServedWorkflow {
  const found = workflows.get(name.toLowerCase());
  if (found) return found;
  throw new HttpError({ status: 404, code: 'WorkflowNotFound', message: `The workflow '${name}' does not exist.` });
}

function checkTrigger({ workflow }: WorkflowRuntime, trigger: string): void {
  if (workflow.triggerName.toLowerCase() === trigger.toLowerCase() && workflow.trigger.type === 'Request') return;
  const message = `The workflow '${workflow.name}' has no Request trigger '${trigger}'; its trigger is '${workflow.triggerName}' of type ${workflow.trigger.type}.`;
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

function notFound(message: string): HttpError {
  return new HttpError({ status: 404, code: 'NotFound', message });
}

function json(value: unknown, status = 200): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
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
