import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HostError } from '../../hostError.ts';
import type { HttpOptions } from '../../settings/httpOptions.ts';
import type { HttpFunction } from './httpFunction.ts';
import { BodyTooLarge } from './requestBody.ts';
import { RequestQueue } from './requestQueue.ts';

/** Answers a request under a fixed path; false: it is not its. */
export type FixedRoute = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean>;

/** The host's http server. What a function throws is in its log; the client gets a plain status. */
export interface HttpServer {
  port: number;
  /** Accepts nothing new; resolves when the running answers are sent. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** 0 takes a free one. */
  port: number;
  options: HttpOptions;
  functions: readonly HttpFunction[];
  fixedRoutes: readonly FixedRoute[];
}

/** Starts the server on 127.0.0.1. Throws `HostError` when the port is in use. */
export async function startHttpServer({
  port,
  options,
  functions,
  fixedRoutes,
}: HttpServerOptions): Promise<HttpServer> {
  const ordered = functions.toSorted((a, b) => (a.route.rank < b.route.rank ? -1 : 1));
  const queue = new RequestQueue(options);
  const customHeaders = new Map(Object.entries(options.customHeaders));
  const server = createServer((request, response) => {
    response.setHeaders(customHeaders);
    void respond({ request, response }, ordered, fixedRoutes, queue);
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeIdleConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function respond(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  functions: readonly HttpFunction[],
  fixedRoutes: readonly FixedRoute[],
  queue: RequestQueue,
): Promise<void> {
  try {
    const url = requestUrl(request);
    if (!url) return void response.writeHead(400).end();
    for (const route of fixedRoutes) if (await route(request, response, url)) return;
    const path = decoded(url.pathname.slice(1));
    for (const each of functions) {
      const params = each.methods.has(request.method ?? '') ? each.route.match(path) : undefined;
      if (!params) continue;
      const taken = await queue.run(() => each.handle({ request, response, url, params }));
      if (!taken) refuse(response, 429, { 'x-function-scaleout': '1' });
      return;
    }
    response.writeHead(404).end();
  } catch (error) {
    refuse(response, error instanceof BodyTooLarge ? 413 : 500);
  }
}

/** What went wrong is in the log already; the rest of an unread body is not waited for. */
function refuse(response: ServerResponse, status: number, headers = {}): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { connection: 'close', ...headers }).end();
}

function requestUrl(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`) ?? undefined;
}

/** A path with a broken escape matches as it is written. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is in use by another program. Stop it or choose another port.`;
      reject(error.code === 'EADDRINUSE' ? new HostError(taken) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
