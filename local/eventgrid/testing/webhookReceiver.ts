import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  method: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

export interface Answer {
  status: number;
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
  close(): Promise<void>;
}

export interface WebhookArgs {
  /** Answer to the n-th notification; default 200. */
  answer?: (request: ReceivedRequest, count: number) => Answer | Promise<Answer>;
  port?: number;
  /** False: answers handshakes with a bare 200, which is no agreement. */
  agrees?: boolean;
}

export async function startWebhook(args: WebhookArgs = {}): Promise<WebhookReceiver> {
  const requests: ReceivedRequest[] = [];
  let notifications = 0;
  const answerTo = (request: ReceivedRequest) => {
    if (request.headers['aeg-event-type'] === 'Notification') return args.answer?.(request, ++notifications);
    return args.agrees === false ? undefined : handshakeAnswer(request);
  };
  const server = createServer((request, response) => {
    void (async () => {
      const raw = await text(request);
      const received = {
        method: request.method ?? '',
        headers: request.headers,
        body: raw === '' ? '' : JSON.parse(raw),
      };
      requests.push(received);
      const answer = (await answerTo(received)) ?? { status: 200 };
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function handshakeAnswer(request: ReceivedRequest): Answer | undefined {
  if (request.method === 'OPTIONS')
    return { status: 200, headers: { 'webhook-allowed-origin': String(request.headers['webhook-request-origin']) } };
  if (request.headers['aeg-event-type'] !== 'SubscriptionValidation') return undefined;
  const [event] = request.body as [{ data: { validationCode: string } }];
  return { status: 200, body: { validationResponse: event.data.validationCode } };
}
