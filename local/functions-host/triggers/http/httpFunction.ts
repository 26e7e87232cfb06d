import { randomUUID } from 'node:crypto';
import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { TypedData } from '../../app/coreTypes.ts';
import { HostError } from '../../hostError.ts';
import type { FunctionRunner } from '../../invocation/functionRunner.ts';
import { requestData, sendResponse } from './httpData.ts';
import { readBody } from './requestBody.ts';
import { compileRoute, type Route } from './route.ts';

/** A function with an http trigger: which requests are its, and how one is answered. */
export interface HttpFunction {
  runner: FunctionRunner;
  route: Route;
  methods: ReadonlySet<string>;
  /** Answers a request with the result of the function; throws what the function throws. */
  handle(exchange: HttpExchange): Promise<void>;
}

export interface HttpExchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  params: Record<string, string>;
}

/**
 * `streamUri` says where the library takes requests at present when the app has set `enableHttpStream`; else requests go
 * with the call and are at most `bodyLimit` bytes long.
 */
export function httpFunction(
  runner: FunctionRunner,
  { routePrefix, bodyLimit, streamUri }: { routePrefix: string; bodyLimit: number; streamUri(): string | undefined },
): HttpFunction {
  const { route = runner.name, methods = ['GET', 'POST'] } = runner.trigger as { route?: unknown; methods?: unknown };
  if (typeof route !== 'string') throw new HostError('Its route must be a text.');
  if (!Array.isArray(methods) || !methods.every((method) => typeof method === 'string')) {
    throw new HostError('methods must be a list of http methods.');
  }
  const path = [routePrefix, route.replace(/^\/+/, '')].filter(Boolean).join('/');
  return {
    runner,
    route: compileRoute(path),
    methods: new Set(methods.map((method) => method.toUpperCase())),
    handle(exchange) {
      const uri = streamUri();
      return uri ? streamed(runner, exchange, uri) : buffered(runner, exchange, bodyLimit);
    },
  };
}

async function buffered(runner: FunctionRunner, exchange: HttpExchange, bodyLimit: number): Promise<void> {
  const { request, response, url, params } = exchange;
  const body = await readBody(request, bodyLimit);
  const { returnValue } = await runner.invoke({ data: { http: requestData(request, url, params, body) } });
  sendResponse(response, returnValue);
}

/** The library answers on its own small server; the call and the request meet there by the invocation's id. */
async function streamed(runner: FunctionRunner, exchange: HttpExchange, streamUri: string): Promise<void> {
  const { request, response, url, params } = exchange;
  const invocationId = randomUUID();
  const metadata: Record<string, TypedData> = { Headers: { json: JSON.stringify(singleHeaders(request)) } };
  for (const [name, value] of Object.entries(params)) metadata[name] = { string: value };

  const proxied = forward(new URL(url.pathname + url.search, streamUri), {
    method: request.method,
    headers: {
      ...request.headers,
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': request.headers.host ?? url.host,
      'x-forwarded-proto': 'http',
    },
  });
  const answered = new Promise<void>((resolve, reject) => {
    proxied.once('error', reject);
    proxied.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      pipeline(answer, response).then(resolve, reject);
    });
  });
  const called = runner.invoke({ invocationId, data: { http: {} }, metadata }).catch((error: unknown) => {
    proxied.destroy();
    throw error;
  });
  await Promise.all([called, answered, pipeline(request, proxied)]);
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
