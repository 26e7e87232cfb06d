import type { IncomingMessage } from 'node:http';
import { pathOf } from '../addresses.ts';
import { entityNotFound } from '../amqp/conditions.ts';
import type { PublishedEvents } from '../amqp/batch.ts';
import type { Hubs } from '../hubs.ts';
import { publish } from '../publish.ts';
import { MAX_MESSAGE_BYTES } from '../publisher.ts';
import type { Gate } from '../gate.ts';
import { JWT_TOKEN_TYPE, SAS_TOKEN_TYPE, unauthorized } from '../tokens.ts';
import { HttpRefusal } from './httpRefusal.ts';
import { BATCH_TYPE, readBatch, readSingleEvent } from './restBody.ts';
import { BadRestEvent, publishedEvents, type RestTarget } from './restEvent.ts';

/** JSON of a batch may take more bytes than its events: escapes, names of fields. */
const MAX_BATCH_JSON_BYTES = 4 * MAX_MESSAGE_BYTES;

const SEND = /^\/([^/]+)(?:\/(partitions|publishers)\/([^/]+))?\/messages\/?$/i;

/** What may be sent to and by whom. */
export interface SendContext {
  hubs: Hubs;
  gate: Gate;
}

/** Where a request wants to send to. */
interface SendAddress extends RestTarget {
  hub: string;
}

/**
 * `POST /<hub>/messages`, `/<hub>/partitions/<n>/messages` and `/<hub>/publishers/<name>/messages` of the REST
 * interface: stores one event or a batch, all or nothing.
 * @throws {HttpRefusal | AmqpError} the reason for which nothing is stored
 */
export async function sendEvents(request: IncomingMessage, { hubs, gate }: SendContext): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const address = readAddress(path);
  if (request.method !== 'POST') throw new HttpRefusal(405, `The method ${request.method} is not allowed; use POST.`);
  if (!gate.isOpen) await authorize(request.headers.authorization, decode(path), gate);
  const hub = hubs.hub(address.hub);
  const partition = address.partition === undefined ? undefined : hub.partition(address.partition);
  const published = await readEvents(request, address);
  const bytes = published.events.reduce((sum, { start, end }) => sum + end - start, 0);
  if (bytes > MAX_MESSAGE_BYTES) throw tooLarge();
  await publish({ ...published, hub, partition, bytes, throughput: hubs.throughput });
}

/** Entity that a request is about, for its refusal. */
export function entityOf(request: IncomingMessage): string {
  const [, hub = ''] = (request.url ?? '').split(/[/?]/);
  return `${request.headers.host ?? ''}:${hub}`;
}

function readAddress(path: string): SendAddress {
  const match = SEND.exec(path);
  if (!match) throw entityNotFound(decode(path));
  const [, hub, kind, id] = match;
  if (kind === undefined) return { hub: decode(hub) };
  if (kind.toLowerCase() === 'publishers') return { hub: decode(hub), publisher: decode(id) };
  if (!/^\d{1,9}$/.test(id)) throw new HttpRefusal(400, `The partition '${decode(id)}' is not a number.`);
  return { hub: decode(hub), partition: Number(id) };
}

async function authorize(header: string | undefined, path: string, { verify }: Gate): Promise<void> {
  if (!header) throw unauthorized('MissingToken: The Authorization header is missing.');
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  const claim = await (bearer ? verify(bearer, JWT_TOKEN_TYPE) : verify(header, SAS_TOKEN_TYPE));
  const [wanted, covered] = [pathOf(path).toLowerCase(), claim.path.toLowerCase()];
  if (covered === '' || wanted === covered || wanted.startsWith(`${covered}/`)) return claim.permits?.('Send', path);
  throw unauthorized('InvalidAudience: The authorization header contains a token with a wrong audience.');
}

async function readEvents(request: IncomingMessage, target: RestTarget): Promise<PublishedEvents> {
  const [type] = (request.headers['content-type'] ?? '').split(';');
  const isBatch = type.trim().toLowerCase() === BATCH_TYPE;
  const body = await readBody(request, isBatch ? MAX_BATCH_JSON_BYTES : MAX_MESSAGE_BYTES);
  try {
    const events = isBatch ? readBatch(body) : [readSingleEvent(body, request.rawHeaders)];
    return publishedEvents(events, target);
  } catch (error) {
    if (error instanceof BadRestEvent) throw new HttpRefusal(400, error.message);
    throw error;
  }
}

/** Reads no further than `limit`; the rest of a larger body is the caller's to discard. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (refusal: HttpRefusal) => {
      request.removeAllListeners('data');
      reject(refusal);
    };
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) refuse(tooLarge());
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', (error) => refuse(new HttpRefusal(400, `The request was cut off: ${error.message}.`)));
  });
}

function tooLarge(): HttpRefusal {
  const quota = `The maximum message size quota for outgoing messages (${MAX_MESSAGE_BYTES})`;
  return new HttpRefusal(413, `${quota} has been exceeded.`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new HttpRefusal(400, `The address '${text}' is not URL-encoded (${(error as Error).message}).`);
  }
}
