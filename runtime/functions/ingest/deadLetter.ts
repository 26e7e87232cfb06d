import type { DeadLetter } from '../../contracts/documents.ts';
import type { Poison } from './decodeEvent.ts';
import type { HubBatch, HubEvent } from './ports.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The record of an event that was not applied, with its body exactly as received. */
export function deadLetter({ hub, partition }: HubBatch, event: HubEvent, { reason, detail }: Poison): DeadLetter {
  const { sequence, offset } = event;
  const enqueuedAt = new Date(event.enqueuedAt).toISOString();
  return { reason, detail, hub, partition, sequence, offset, enqueuedAt, ...encodedBody(event.body) };
}

function encodedBody(body: Uint8Array): Pick<DeadLetter, 'body' | 'encoding'> {
  try {
    return { body: utf8.decode(body), encoding: 'utf8' };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { body: Buffer.from(body).toString('base64'), encoding: 'base64' };
  }
}
