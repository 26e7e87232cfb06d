import { randomUUID } from 'node:crypto';
import { isJsonObject, type EventSchema, type Json } from '../model.ts';

/** Origin that Event Grid names when it asks a CloudEvents webhook for permission. */
const ORIGIN = 'eventgrid.azure.net';

export interface HandshakeTarget {
  url: string;
  schema: EventSchema;
  topicId: string;
  subscription: string;
  /** A GET of it is the other way to prove the endpoint (Event Grid schema only). */
  validationUrl: string;
  validationCode: string;
  timeoutMs: number;
}

/**
 * Asks a webhook once whether it wants the events: for CloudEvents an OPTIONS request with `WebHook-Request-Origin`
 * (CloudEvents webhook specification, abuse protection), else a `SubscriptionValidationEvent` whose code must come
 * back. Returns undefined when it agreed, else one line that says why not.
 */
export async function askWebhook(target: HandshakeTarget): Promise<string | undefined> {
  try {
    return target.schema === 'CloudEventSchemaV1_0' ? await askForOrigin(target) : await askForCode(target);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${target.url} cannot be reached: ${cause instanceof Error ? cause.message || cause.name : String(cause)}`;
  }
}

async function askForOrigin(target: HandshakeTarget): Promise<string | undefined> {
  const response = await fetch(target.url, {
    method: 'OPTIONS',
    headers: { 'webhook-request-origin': ORIGIN },
    redirect: 'manual',
    signal: AbortSignal.timeout(target.timeoutMs),
  });
  await response.arrayBuffer();
  const allowed = response.headers.get('webhook-allowed-origin');
  if (response.ok && (allowed === '*' || allowed?.toLowerCase() === ORIGIN)) return undefined;
  return `${target.url} answered OPTIONS with ${response.status} and WebHook-Allowed-Origin ${allowed ?? 'absent'}; expected 200 and * or ${ORIGIN}`;
}

async function askForCode(target: HandshakeTarget): Promise<string | undefined> {
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
    signal: AbortSignal.timeout(target.timeoutMs),
  });
  const code = validationResponse(await response.text());
  if (response.status === 200 && code === target.validationCode) return undefined;
  return `${target.url} answered the validation event with ${response.status} and no matching validationResponse`;
}

function validationResponse(text: string): Json | undefined {
  try {
    const body = JSON.parse(text) as Json;
    return isJsonObject(body) ? body.validationResponse : undefined;
  } catch {
    return undefined;
  }
}
