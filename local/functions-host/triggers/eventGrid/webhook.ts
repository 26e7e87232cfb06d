import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FunctionRunner } from '../../invocation/functionRunner.ts';
import { BodyTooLarge, readBody } from '../http/requestBody.ts';
import type { FixedRoute } from '../http/httpServer.ts';

const PATH = '/runtime/webhooks/eventgrid';
/** Event Grid delivers at most 1 MB. */
const BODY_LIMIT = 1_536 * 1024;
const VALIDATION_EVENT = 'Microsoft.EventGrid.SubscriptionValidationEvent';

/**
 * The webhook of the Event Grid trigger, `/runtime/webhooks/EventGrid?functionName=…`, for events in the Event Grid schema
 * and as CloudEvents. The status decides: 202 once every event of the request has been handled, 500 when the function
 * threw, and then Event Grid sends the request again.
 */
export function eventGridWebhook(functions: readonly FunctionRunner[]): FixedRoute {
  const byName = new Map(functions.map((runner) => [runner.name.toLowerCase(), runner]));
  return async (request, response, url) => {
    if (url.pathname.toLowerCase() !== PATH) return false;
    const name = url.searchParams.get('functionName') ?? '';
    const runner = byName.get(name.toLowerCase());
    if (!runner) answer(response, 404, `cannot find function: '${name}'`);
    else if (request.method === 'OPTIONS') allowSender(request, response);
    else if (request.method === 'POST') await receive(request, response, runner);
    else answer(response, 405, 'Event Grid sends OPTIONS and POST.');
    return true;
  };
}

/** Abuse protection of the CloudEvents webhook specification. */
function allowSender(request: IncomingMessage, response: ServerResponse): void {
  const origin = request.headers['webhook-request-origin'];
  if (typeof origin !== 'string') return answer(response, 400, 'The header WebHook-Request-Origin is missing.');
  response.setHeader('webhook-allowed-origin', origin);
  const rate = request.headers['webhook-request-rate'];
  if (typeof rate === 'string') response.setHeader('webhook-allowed-rate', rate);
  response.writeHead(200).end();
}

async function receive(request: IncomingMessage, response: ServerResponse, runner: FunctionRunner): Promise<void> {
  let events: Record<string, unknown>[];
  try {
    events = parseEvents((await readBody(request, BODY_LIMIT)).toString('utf8'));
  } catch (error) {
    if (error instanceof BodyTooLarge) return answer(response, 413, `At most ${BODY_LIMIT} bytes are accepted.`);
    if (error instanceof SyntaxError) return answer(response, 400, `The body is not valid JSON: ${error.message}`);
    throw error;
  }
  const kind = String(request.headers['aeg-event-type'] ?? 'Notification').toLowerCase();
  if (kind === 'subscriptionvalidation') return validate(response, events);
  if (kind === 'unsubscribe') return void response.writeHead(202).end();
  if (kind !== 'notification') return answer(response, 400, `Unknown aeg-event-type "${kind}".`);
  const outcomes = await Promise.allSettled(
    events.map((event) => runner.invoke({ data: { json: JSON.stringify(event) }, metadata: eventMetadata(event) })),
  );
  response.writeHead(outcomes.some(({ status }) => status === 'rejected') ? 500 : 202).end();
}

function parseEvents(body: string): Record<string, unknown>[] {
  const parsed = JSON.parse(body) as unknown;
  const events = Array.isArray(parsed) ? parsed : [parsed];
  const bad = events.findIndex((event) => typeof event !== 'object' || event === null || Array.isArray(event));
  if (bad >= 0) throw new SyntaxError(`event ${bad} is not an object`);
  return events as Record<string, unknown>[];
}

function validate(response: ServerResponse, events: readonly Record<string, unknown>[]): void {
  const event = events.find(({ eventType }) => eventType === VALIDATION_EVENT);
  const code = (event?.data as { validationCode?: unknown } | undefined)?.validationCode;
  if (typeof code !== 'string') return answer(response, 400, 'The validation event has no data.validationCode.');
  const body = JSON.stringify({ validationResponse: code });
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

function eventMetadata(event: Record<string, unknown>) {
  return { data: { json: JSON.stringify(event.data ?? null) } };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
