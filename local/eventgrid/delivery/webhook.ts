import { CLOUD_EVENT_BATCH_TYPE, CLOUD_EVENT_TYPE } from '../publish/cloudEvents.ts';
import type { Destination } from '../model.ts';
import type { DestinationClient } from './destination.ts';
import { versionHeaders, type OutgoingEvent } from './outgoing.ts';
import { ORIGIN } from './handshake.ts';
import { responseText } from './responseText.ts';
import { failure, outcomeOfStatus, type EndpointKind, type Outcome } from './outcome.ts';

type HttpDestination = Exclude<Destination, { type: 'EventHub' }>;

const DEFAULT_BATCH_KILOBYTES = 64;
/** Codes of Node for a name that cannot be resolved. */
const DNS_FAILURES = ['ENOTFOUND', 'EAI_AGAIN'];

/**
 * Sends events to a webhook as Event Grid does: one CloudEvent per request (a batch only where batching is on), or an
 * array in the Event Grid schema, with the `aeg-` headers ("CloudEvents v1.0 schema with Azure Event Grid" and "Message
 * headers" of Microsoft's documentation). Redirects are not followed: only 200 to 204 is success.
 */
export class WebhookDestination implements DestinationClient {
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly #url: string;
  readonly #kind: EndpointKind;
  readonly #subscription: string;
  readonly #timeoutMs: number;

  constructor(args: { destination: HttpDestination; subscription: string; timeoutMs: number }) {
    this.maxEvents = args.destination.maxEventsPerBatch ?? 1;
    this.maxBytes = (args.destination.preferredBatchSizeInKilobytes ?? DEFAULT_BATCH_KILOBYTES) * 1024;
    this.#url = args.destination.url;
    this.#kind = args.destination.type === 'WebHook' ? 'WebHook' : 'AzureResource';
    this.#subscription = args.subscription;
    this.#timeoutMs = args.timeoutMs;
  }

  /** Everything that is said once per request must be equal. */
  batchKey(event: OutgoingEvent): string {
    return JSON.stringify([event.deliveryCount, event.attributes, event.body.dataVersion]);
  }

  async send(batch: OutgoingEvent[]): Promise<Outcome> {
    const first = batch[0]!;
    const { contentType, body } = payload(batch, this.maxEvents > 1);
    const response = await postWebhook({
      url: this.#url,
      timeoutMs: this.#timeoutMs,
      body,
      headers: {
        ...customHeaders(first.attributes),
        'content-type': contentType,
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': this.#subscription.toUpperCase(),
        'aeg-delivery-count': String(first.deliveryCount),
        ...versionHeaders(first),
        // Abuse protection asks for the origin of the handshake in each delivery.
        ...(first.schema === 'CloudEventSchemaV1_0' && { origin: ORIGIN }),
      },
    });
    return typeof response === 'number' ? outcomeOfStatus(response, this.#kind) : response;
  }

  async close(): Promise<void> {}
}

/** Headers of HTTP itself, which belong to the connection and not to the event. */
const CONNECTION_HEADERS = [
  ...['connection', 'content-length', 'expect', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
];

/**
 * Delivery attributes as headers; what no header can carry is left out ("Non-conformant values in well-known headers cause
 * the header to be dropped", "Custom delivery properties" of Microsoft's documentation).
 */
function customHeaders(attributes: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const lower = name.toLowerCase();
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value) && !CONNECTION_HEADERS.includes(lower)) headers[lower] = value;
  }
  return headers;
}

function payload(batch: OutgoingEvent[], batching: boolean): { contentType: string; body: string } {
  const bodies = batch.map(({ body }) => body);
  if (batch[0]!.schema === 'EventGridSchema')
    return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(bodies) };
  if (batching) return { contentType: `${CLOUD_EVENT_BATCH_TYPE}; charset=utf-8`, body: JSON.stringify(bodies) };
  return { contentType: `${CLOUD_EVENT_TYPE}; charset=utf-8`, body: JSON.stringify(bodies[0]) };
}

async function postWebhook(args: {
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}): Promise<number | Outcome> {
  try {
    const response = await fetch(args.url, {
      method: 'POST',
      headers: args.headers,
      body: args.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(args.timeoutMs),
    });
    await responseText(response);
    return response.status;
  } catch (error) {
    return noAnswer(error, args.timeoutMs);
  }
}

/** Outcome of a request that failed before an answer came. */
export function noAnswer(error: unknown, timeoutMs: number): Outcome {
  if (!(error instanceof Error)) return failure('GenericError', String(error));
  if (error.name === 'TimeoutError') return failure('TimedOut', `no answer within ${timeoutMs} ms`);
  const { cause } = error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const detail = cause instanceof Error ? cause.message || code : error.message;
  return failure(DNS_FAILURES.includes(code) ? 'ResolutionError' : 'SocketError', detail);
}
