import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

export interface Answer {
  status: number;
  /** True: the connection ends without the answer. */
  cut?: boolean;
  /** True: the body goes on until the other side hangs up. */
  endless?: boolean;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A webhook on a real port: keeps every request and answers as it is told. */
export interface WebhookReceiver {
  url: string;
  port: number;
  /** All requests, handshakes included. */
  requests: ReceivedRequest[];
  /** Requests that carried events. */
  notifications(): ReceivedRequest[];
  /** Consents to handshakes from now on. */
  agree(): void;
  close(): Promise<void>;
}

export interface WebhookArgs {
  /** Answer to the n-th notification; default 200. */
  answer?: (request: ReceivedRequest, count: number) => Answer | Promise<Answer>;
  port?: number;
  /** Called for each request, which is answered once `release` is called; default: at once. */
  hold?: (release: () => void) => void;
  /** Answer to a handshake; default: consent. */
  handshake?: (request: ReceivedRequest) => Answer;
}

export async function startWebhook(args: WebhookArgs = {}): Promise<WebhookReceiver> {
  const requests: ReceivedRequest[] = [];
  let notifications = 0;
  let handshake = args.handshake ?? consent;
  const answerTo = (request: ReceivedRequest) => {
    if (request.headers['aeg-event-type'] === 'Notification') return args.answer?.(request, ++notifications);
    return handshake(request);
  };
  const server = createServer((request, response) => {
    void (async () => {
      const raw = await text(request);
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: raw === '' ? '' : JSON.parse(raw),
      };
      requests.push(received);
      if (args.hold) await new Promise<void>(args.hold);
      const answer = (await answerTo(received)) ?? { status: 200 };
      if (answer.cut) return void request.socket.destroy();
      if (answer.endless) return goOn(response.writeHead(answer.status));
      response
        .writeHead(answer.status, answer.headers)
        .end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(args.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    requests,
    notifications: () => requests.filter(({ headers }) => headers['aeg-event-type'] === 'Notification'),
    agree: () => {
      handshake = consent;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes for as long as the other side reads. */
function goOn(response: ServerResponse): void {
  const chunk = Buffer.alloc(16_384, 'x');
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}

function consent(request: ReceivedRequest): Answer {
  if (request.method === 'OPTIONS')
    return { status: 200, headers: { 'webhook-allowed-origin': String(request.headers['webhook-request-origin']) } };
  if (request.headers['aeg-event-type'] !== 'SubscriptionValidation') return { status: 404 };
  const [event] = request.body as [{ data: { validationCode: string } }];
  return { status: 200, body: { validationResponse: event.data.validationCode } };
}
