import { randomUUID } from 'node:crypto';
import { isJsonObject, type EventSchema, type Json } from '../model.ts';
import { responseText } from './responseText.ts';

/** Origin that Event Grid names when it asks a CloudEvents webhook for permission, and with each delivery. */
export const ORIGIN = 'eventgrid.azure.net';
/** Requests per minute that it asks for, what a topic takes in at most (5,000 events a second); a webhook may allow fewer. */
const REQUESTED_RATE = 300_000;

export interface HandshakeTarget {
  url: string;
  schema: EventSchema;
  topicId: string;
  subscription: string;
  /** A GET (with CloudEvents also a POST) of it is the other way to prove the endpoint. */
  validationUrl: string;
  validationCode: string;
  /** Ends the attempt: time is up, or nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** What a webhook said to the handshake. */
export type HandshakeAnswer =
  /** It wants the events, at most so many requests per minute. */
  | { kind: 'agreed'; requestsPerMinute?: number }
  /** It took the request without an answer: it may still open the validation link. */
  | { kind: 'undecided'; detail: string }
  | { kind: 'refused'; detail: string }
  | { kind: 'unreachable'; detail: string };

/**
 * Asks a webhook once whether it wants the events: for CloudEvents an OPTIONS request with `WebHook-Request-Origin`
 * ("HTTP 1.1 Web Hooks for Event Delivery" of CloudEvents, section 4; "Endpoint validation by using CloudEvents schema" of
 * Microsoft), else a `SubscriptionValidationEvent` whose code must come back ("Webhook event delivery" of Microsoft).
 */
export async function askWebhook(target: HandshakeTarget): Promise<HandshakeAnswer> {
  try {
    return target.schema === 'CloudEventSchemaV1_0' ? await askForOrigin(target) : await askForCode(target);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const detail = cause instanceof Error ? cause.message || cause.name : String(cause);
    return { kind: 'unreachable', detail: `${target.url} cannot be reached: ${detail}` };
  }
}

async function askForOrigin(target: HandshakeTarget): Promise<HandshakeAnswer> {
  const response = await fetch(target.url, {
    method: 'OPTIONS',
    headers: {
      'webhook-request-origin': ORIGIN,
      'webhook-request-rate': String(REQUESTED_RATE),
      'webhook-request-callback': target.validationUrl,
    },
    redirect: 'manual',
    signal: target.signal,
  });
  await responseText(response);
  const allowed = response.headers.get('webhook-allowed-origin');
  const answered = `${target.url} answered OPTIONS with ${response.status}`;
  if (!response.ok) return { kind: isAway(response) ? 'unreachable' : 'refused', detail: answered };
  if (allowed === null) {
    const detail = `${answered} and no WebHook-Allowed-Origin (${ORIGIN} or *); it may still call the URL of WebHook-Request-Callback.`;
    return { kind: 'undecided', detail };
  }
  if (allowed !== '*' && allowed.toLowerCase() !== ORIGIN)
    return { kind: 'refused', detail: `${answered} and WebHook-Allowed-Origin ${allowed}; expected ${ORIGIN} or *.` };
  const rate = response.headers.get('webhook-allowed-rate');
  return { kind: 'agreed', requestsPerMinute: allowedRate(rate) };
}

/** Requests per minute of `WebHook-Allowed-Rate`; undefined for `*`, for nothing, and for what is no positive number. */
export function allowedRate(header: string | null): number | undefined {
  return header !== null && /^[1-9]\d{0,8}$/.test(header) ? Number(header) : undefined;
}

async function askForCode(target: HandshakeTarget): Promise<HandshakeAnswer> {
  const response = await fetch(target.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'aeg-event-type': 'SubscriptionValidation',
      'aeg-subscription-name': target.subscription.toUpperCase(),
      'aeg-delivery-count': '0',
      'aeg-data-version': '2',
      'aeg-metadata-version': '1',
    },
    body: JSON.stringify([
      {
        id: randomUUID(),
        topic: target.topicId,
        subject: '',
        data: { validationCode: target.validationCode, validationUrl: target.validationUrl },
        eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
        eventTime: new Date().toISOString(),
        metadataVersion: '1',
        dataVersion: '2',
      },
    ]),
    redirect: 'manual',
    signal: target.signal,
  });
  const code = validationResponse(await responseText(response));
  const answered = `${target.url} answered the validation event with ${response.status}`;
  if (response.status !== 200) {
    const detail = `${answered}; expected is 200 with {"validationResponse": …}.`;
    return { kind: isAway(response) ? 'unreachable' : 'refused', detail };
  }
  if (code === target.validationCode) return { kind: 'agreed' };
  if (code === undefined)
    return {
      kind: 'undecided',
      detail: `${answered} and no validationResponse; someone may still open the validation URL.`,
    };
  return { kind: 'refused', detail: `${answered} and a validationResponse that is not the validationCode.` };
}

/** A gateway whose site is not up, or a site that is not: not an answer of the endpoint itself. */
function isAway({ status }: Response): boolean {
  return [502, 503, 504].includes(status);
}

function validationResponse(text: string): Json | undefined {
  try {
    const body = JSON.parse(text) as Json;
    return isJsonObject(body) ? body.validationResponse : undefined;
  } catch {
    return undefined;
  }
}
