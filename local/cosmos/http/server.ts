import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { badRequest, CosmosError } from '../errors.ts';
import { isStorageError } from '../../storage/groupCommit.ts';
import type { RouteContext } from './context.ts';
import { pathSegments, readBody } from './exchange.ts';
import { checkConsistency } from './headers.ts';
import { errorReply, send, type Reply } from './reply.ts';
import { route } from './routes.ts';

/** Clients keep their connections; a server that closed an idle one could do so just when it is used again. */
const KEEP_ALIVE_MS = 10 * 60 * 1000;
/** Connections whose request has not arrived are looked for so often, compared with the time that it has. */
const LOOKS_PER_TIMEOUT = 4;

export interface EndpointOptions {
  /** With it the endpoint speaks https alone. */
  tls?: { cert: Buffer; key: Buffer };
  /** How long a request may take to arrive. */
  requestTimeoutMs: number;
}

/** The REST endpoint. */
export function createEndpoint(context: RouteContext, { tls, requestTimeoutMs }: EndpointOptions): Server {
  const sockets = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: requestTimeoutMs / LOOKS_PER_TIMEOUT,
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const activityId = randomUUID();
    // An answer may show what is not committed yet, so it waits for that.
    const answer = (reply: Reply) =>
      context.group.afterCommit((error) => {
        trySend(response, error ? errorReply(toCosmosError(error), activityId) : reply, activityId);
      });
    handle(context, request).then(answer, (error: unknown) => {
      answer(errorReply(toCosmosError(error), activityId));
    });
  };
  const server = tls ? createTlsServer({ ...sockets, ...tls }, listener) : createServer(sockets, listener);
  server.on('clientError', refuseConnection);
  return server;
}

/** The last answer of a connection on which no request was to be had. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return;
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const refusal = isLate
    ? new CosmosError('The request did not arrive in time.', { status: 408 })
    : badRequest(`The request is no valid HTTP: ${error.message}`);
  const { body = '' } = errorReply(refusal, randomUUID());
  const status = isLate ? '408 Request Timeout' : '400 Bad Request';
  const headers = `content-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${String(body)}`);
}

async function handle(context: RouteContext, request: IncomingMessage): Promise<Reply> {
  const body = await readBody(request);
  const { headers, method = 'GET', url = '/' } = request;
  const exchange = { method, segments: pathSegments(url), headers, body, isGone: () => request.socket.destroyed };
  await context.authorize(exchange);
  checkConsistency(headers, context.consistency);
  return route(context, exchange);
}

/** An answer that cannot be sent is this connection's fault alone: the others in its group get theirs. */
function trySend(response: ServerResponse, reply: Reply, activityId: string): void {
  try {
    send(response, reply, activityId);
  } catch (error) {
    console.error(error);
    response.destroy();
  }
}

/** What is no refusal is a fault of this service or of its disk; only those have a status of 500 and above. */
function toCosmosError(error: unknown): CosmosError {
  if (error instanceof CosmosError) return error;
  console.error(error);
  if (isStorageError(error)) {
    return new CosmosError(`The service could not write its data: ${error.message}.`, { status: 503 });
  }
  return new CosmosError(`The service failed: ${error instanceof Error ? error.message : String(error)}`, {
    status: 500,
  });
}
