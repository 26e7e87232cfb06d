import { BadRestEvent, type RestEvent } from './restEvent.ts';

/** Media type of a request that carries several events. */
export const BATCH_TYPE = 'application/vnd.microsoft.servicebus.json';

/** Headers that say something about the request and are no properties of the event. */
const NO_PROPERTIES = new Set([
  ...['authorization', 'brokerproperties', 'cache-control', 'connection', 'content-encoding', 'content-length'],
  ...['content-type', 'cookie', 'date', 'expect', 'forwarded', 'host', 'keep-alive', 'origin', 'pragma', 'referer'],
  ...['te', 'traceparent', 'tracestate', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent', 'via'],
]);
const NO_PROPERTY_PREFIXES = ['accept', 'proxy-', 'sec-', 'x-forwarded-', 'x-ms-'];

/**
 * The one event of a request: its body as it is, the header `BrokerProperties` as JSON, and every other header that
 * HTTP itself does not use as a property. `rawHeaders` are names and values in turn.
 * @throws {BadRestEvent}
 */
export function readSingleEvent(body: Buffer, rawHeaders: readonly string[]): RestEvent {
  let brokerProperties: RestEvent['brokerProperties'] = {};
  let contentType: string | undefined;
  const userProperties: Record<string, string | number | boolean> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index], rawHeaders[index + 1]];
    const lower = name.toLowerCase();
    if (lower === 'content-type') contentType = value;
    if (lower === 'brokerproperties') brokerProperties = readBrokerProperties(value);
    const isProperty = !NO_PROPERTIES.has(lower) && !NO_PROPERTY_PREFIXES.some((prefix) => lower.startsWith(prefix));
    if (isProperty) userProperties[name] = propertyOf(value);
  }
  return { body, brokerProperties: { ContentType: contentType, ...brokerProperties }, userProperties };
}

/**
 * The events of a batch: a JSON array of objects with the text `Body` and perhaps `BrokerProperties` and
 * `UserProperties`. Properties in headers do not count for a batch.
 * @throws {BadRestEvent} naming the event and what is wrong with it
 */
export function readBatch(body: Buffer): RestEvent[] {
  const items = parseJson(body.toString('utf8'), 'The body of a batch');
  if (!Array.isArray(items) || items.length === 0) {
    throw new BadRestEvent('The body of a batch must be a JSON array of at least one event.');
  }
  return items.map((item, index) => {
    const { Body, BrokerProperties, UserProperties } = requireObject(item, `Event ${index} of the batch`);
    if (typeof Body !== 'string') throw new BadRestEvent(`Event ${index} of the batch: Body must be a string.`);
    return {
      body: Buffer.from(Body),
      brokerProperties: requireObject(BrokerProperties ?? {}, `Event ${index} of the batch: BrokerProperties`),
      userProperties: requireProperties(UserProperties ?? {}, `Event ${index} of the batch: UserProperties`),
    };
  });
}

function readBrokerProperties(header: string): Record<string, unknown> {
  return requireObject(parseJson(header, 'The header BrokerProperties'), 'The header BrokerProperties');
}

/** Texts may be quoted, as Service Bus asks for; what is not quoted and looks like a number or truth value is one. */
function propertyOf(header: string): string | number | boolean {
  const text = header.trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1);
  if (/^-?\d+(\.\d+)?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

function requireProperties(value: unknown, what: string): Record<string, string | number | boolean> {
  const properties = requireObject(value, what);
  for (const [name, property] of Object.entries(properties)) {
    if (!['string', 'number', 'boolean'].includes(typeof property)) {
      throw new BadRestEvent(`${what}: ${name} must be a string, a number or a boolean.`);
    }
  }
  return properties as Record<string, string | number | boolean>;
}

function requireObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new BadRestEvent(`${what} must be a JSON object.`);
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRestEvent(`${what} is not JSON: ${(error as Error).message}.`);
  }
}
