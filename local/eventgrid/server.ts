import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ControlError } from '../process/serviceHost.ts';
import { allowedRate } from './delivery/handshake.ts';
import { MAX_PUBLISH_BYTES } from './publish/readEvents.ts';
import { PublishError, sendError } from './publish/publishError.ts';

/** What the data plane asks of the service. */
export interface DataPlane {
  /** Takes the events of a publish request; resolves once they are durable, throws a `PublishError` to refuse. */
  publish(args: { topic: string; request: IncomingMessage; url: URL; body: Buffer }): Promise<void>;
  /** Opens a validation link; false if it is not (or no longer) valid. */
  confirm(args: {
    topic: string;
    subscription: string;
    code: string;
    requestsPerMinute: number | undefined;
  }): Promise<boolean>;
}

/** A body beyond the limit is read on to this size, so that the client gets to see the 413, then the line is cut. */
const MAX_DISCARDED_BYTES = 16 * MAX_PUBLISH_BYTES;

export interface ListenArgs {
  port: number;
  dataPlane: DataPlane;
  /** With it, https alone. */
  tls?: { cert: Buffer; key: Buffer };
}

/** Serves topics at `/<topic>/api/events` on 127.0.0.1; port 0 takes a free one. */
export async function listen(args: ListenArgs): Promise<{ server: Server; port: number }> {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(args.dataPlane, request, response).catch((error: unknown) => refuse(request, response, error));
  };
  const server = args.tls ? createTlsServer(args.tls, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, args.port)));
    server.listen(args.port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new ControlError(`Event Grid cannot listen on 127.0.0.1:${port}: the port is in use; end what uses it.`);
}

async function answer(dataPlane: DataPlane, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (!url) throw new PublishError(400, 'The address of the request is not valid.');
  const [first = '', ...rest] = url.pathname.slice(1).split('/');
  if (rest.join('/') === 'api/events') return publish(dataPlane, { topic: first, url, request, response });
  if (first === 'eventsubscriptions' && rest[1] === 'validate')
    return confirm(dataPlane, { subscription: rest[0] ?? '', query: url.searchParams, request, response });
  throw noResource(url);
}

/** The refusal of an address that is no topic; on Azure it would be a host that nobody knows. */
export function noResource(url: URL): PublishError {
  return new PublishError(404, `No HTTP resource was found that matches the request URI '${url.pathname}'.`);
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

async function publish(dataPlane: DataPlane, args: Exchange & { topic: string; url: URL }): Promise<void> {
  const { request, response, topic, url } = args;
  const body = await readBody(request);
  if (request.method !== 'POST') throw new PublishError(405, `${request.method} is not allowed; publish with POST.`);
  await dataPlane.publish({ topic, request, url, body });
  response.writeHead(200).end();
}

/** The link of a validation event, or the callback of CloudEvents' abuse protection, which may name the allowed rate. */
async function confirm(
  dataPlane: DataPlane,
  args: Exchange & { subscription: string; query: URLSearchParams },
): Promise<void> {
  const { request, response, subscription, query } = args;
  const rate = request.headers['webhook-allowed-rate'];
  const confirmed = await dataPlane.confirm({
    topic: query.get('topic') ?? '',
    subscription,
    code: query.get('id') ?? '',
    requestsPerMinute: allowedRate(typeof rate === 'string' ? rate : null),
  });
  if (!confirmed)
    throw new PublishError(
      400,
      'The validation link is not valid: it holds for 5 minutes and for the last change alone.',
    );
  response
    .writeHead(200, { 'content-type': 'text/plain' })
    .end('Webhook successfully validated as a subscription endpoint.');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_PUBLISH_BYTES) chunks.push(chunk);
    if (length > MAX_DISCARDED_BYTES) break;
  }
  if (length > MAX_PUBLISH_BYTES)
    throw new PublishError(413, `The maximum size (${MAX_PUBLISH_BYTES} bytes) of a request has been exceeded.`);
  return Buffer.concat(chunks);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // Who has hung up gets no answer, and it is no fault of the service.
  if (response.headersSent || (request.destroyed && !request.complete)) return void response.destroy();
  if (error instanceof PublishError) return sendError(response, error);
  console.error(error);
  sendError(response, new PublishError(500, 'The events could not be stored and were not accepted; see the log.'));
}
