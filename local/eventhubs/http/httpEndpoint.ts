import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { TlsSettings } from '../listen.ts';
import { httpRefusalOf, refusalBody } from './httpRefusal.ts';
import { entityOf, sendEvents, type SendContext } from './sendRoute.ts';

const WEB_SOCKET_PATH = '/$servicebus/websocket';
/** Subprotocols that carry AMQP: the one of Service Bus and Event Hubs, and the one of the OASIS binding. */
const SUBPROTOCOLS = ['AMQPWSB10', 'amqp'];
/** Largest WebSocket message; a client may put several frames of AMQP into one. */
const MAX_WEB_SOCKET_BYTES = 16 * 1024 * 1024;
/** A request must have come whole by then; the longest timeout that the REST interface knows. */
const REQUEST_MS = 120_000;
/** Time for requests under way when the broker stops. */
const STOP_MS = 1_000;
const XML = 'application/xml; charset=utf-8';

export interface HttpEndpointOptions extends SendContext {
  tls: TlsSettings | undefined;
  /** Bytes that a connection takes before its receivers wait for a slow reader. */
  bufferBytes: number;
  /** Takes over a stream of AMQP bytes that came in as a WebSocket. */
  serve(stream: Duplex): void;
}

/** The HTTP side of a namespace: sending by REST, and AMQP over WebSockets at `/$servicebus/websocket`. */
export class HttpEndpoint {
  readonly server: Server;
  readonly #options: HttpEndpointOptions;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_WEB_SOCKET_BYTES,
    handleProtocols: (offered) => SUBPROTOCOLS.find((known) => offered.has(known)) ?? false,
  });

  constructor(options: HttpEndpointOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer);
    this.server.requestTimeout = REQUEST_MS;
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  /** Finishes the requests under way; WebSockets are the business of whom they were handed to. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const force = setTimeout(() => this.server.closeAllConnections(), STOP_MS);
    await closed;
    clearTimeout(force);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await sendEvents(request, this.#options);
      response.writeHead(201, { 'content-type': XML, 'content-length': 0 }).end();
    } catch (error) {
      const refusal = httpRefusalOf(error);
      const body = refusalBody(refusal, entityOf(request));
      const headers: Record<string, string | number> = {
        'content-type': XML,
        'content-length': Buffer.byteLength(body),
      };
      // What was not read of the request is thrown away, so that the client comes to read the answer.
      if (!request.complete) headers.connection = 'close';
      request.resume();
      if (refusal.status === 405) headers.allow = 'POST';
      response.writeHead(refusal.status, headers).end(body);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Before the handshake nobody else listens to it.
    socket.on('error', () => socket.destroy());
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const path = (request.url ?? '').split('?')[0].toLowerCase();
    if (path !== WEB_SOCKET_PATH) return refuseUpgrade(socket, '404 Not Found');
    if (!SUBPROTOCOLS.some((known) => offered.includes(known))) return refuseUpgrade(socket, '400 Bad Request');
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const { bufferBytes } = this.#options;
      this.#options.serve(createWebSocketStream(webSocket, { highWaterMark: bufferBytes, allowHalfOpen: false }));
    });
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
