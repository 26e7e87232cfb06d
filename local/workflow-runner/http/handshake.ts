import type { IncomingHttpHeaders } from 'node:http';
import { isObject, type Json } from '../json.ts';
import { HttpError } from './httpError.ts';

/**
 * Headers that answer the OPTIONS request by which a CloudEvents sender asks for permission. Whether the Request trigger
 * of Logic Apps answers it on Azure is not verified.
 */
export function allowOrigin(headers: IncomingHttpHeaders): Record<string, string> {
  const origin = headers['webhook-request-origin'];
  if (typeof origin !== 'string')
    throw new HttpError({
      status: 400,
      code: 'MissingHeader',
      message: 'An OPTIONS request needs the header WebHook-Request-Origin (CloudEvents webhook, abuse protection).',
    });
  return { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*', allow: 'POST' };
}

/**
 * The answer to Event Grid's validation event, undefined for any other request. On Azure it is not verified either that the
 * platform answers it for a Request trigger.
 */
export function validationAnswer(headers: IncomingHttpHeaders, body: Json | undefined): Json | undefined {
  if (headers['aeg-event-type'] !== 'SubscriptionValidation') return undefined;
  const event = Array.isArray(body) ? body[0] : undefined;
  const data = isObject(event) ? event.data : undefined;
  const code = isObject(data) ? data.validationCode : undefined;
  if (typeof code === 'string') return { validationResponse: code };
  throw new HttpError({
    status: 400,
    code: 'InvalidValidationEvent',
    message: 'The validation event has no data.validationCode.',
  });
}
