import { hash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { sessionSubject, userSubject, type DeadLetterReason } from '../../contracts/documents.ts';
import { EVENT_LIMITS, interactionEventSchema, type InteractionEvent } from '../../contracts/events.ts';
import type { HubEvent } from './ports.ts';

/** A valid interaction with what the fold needs to know of it. */
export interface SubjectEvent {
  subject: string;
  kind: 'user' | 'session';
  sequence: number;
  /** When it happened, ms since 1970; never later than the hub took it. */
  time: number;
  /** 8 characters that stand for `source` and `id` of the CloudEvent. */
  digest: string;
  action: string;
  itemId?: string;
  query?: string;
  channel?: string;
  location?: string;
}

/** Why an event cannot be applied: poison that goes to the dead letters. */
export interface Poison {
  reason: DeadLetterReason;
  detail: string;
}

/** Cosmos refuses longer document ids (bytes; a subject is ASCII). */
const LONGEST_DOCUMENT_ID = 1023;

const ajv = new Ajv2020({ allowUnionTypes: true, allowMatchingProperties: true });
addFormats.default(ajv);
const isInteractionEvent = ajv.compile<InteractionEvent>(interactionEventSchema);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads and validates an event. Never throws: what is not a usable interaction comes back as poison with the reason. */
export function decodeEvent(event: HubEvent): SubjectEvent | Poison {
  if (event.body.byteLength > EVENT_LIMITS.eventBytes) {
    return {
      reason: 'too-large',
      detail: `The event has ${event.body.byteLength} bytes, at most ${EVENT_LIMITS.eventBytes} are allowed.`,
    };
  }
  const parsed = parse(event.body);
  if ('reason' in parsed) return parsed;
  if (!isInteractionEvent(parsed.value)) {
    const fault = isInteractionEvent.errors?.[0];
    return {
      reason: 'not-an-interaction',
      detail: `${fault?.instancePath || '/'} ${fault?.message ?? 'is not valid'}`,
    };
  }
  return subjectEvent(parsed.value, event);
}

function parse(body: Uint8Array): { value: unknown } | Poison {
  try {
    return { value: JSON.parse(utf8.decode(body)) };
  } catch (error) {
    return { reason: 'not-json', detail: error instanceof Error ? error.message : String(error) };
  }
}

function subjectEvent({ id, source, time, data }: InteractionEvent, event: HubEvent): SubjectEvent | Poison {
  for (const name of ['userId', 'sessionId', 'itemId'] as const) {
    // Half of a surrogate pair can be written in JSON but not in UTF-8, so no store could hold it.
    if (data[name]?.isWellFormed() === false) {
      return { reason: 'not-an-interaction', detail: `/data/${name} is not well-formed Unicode` };
    }
  }
  const kind = data.userId === undefined ? 'session' : 'user';
  const subject = data.userId === undefined ? sessionSubject(data.sessionId ?? '') : userSubject(data.userId);
  if (subject.length > LONGEST_DOCUMENT_ID) {
    const detail = `/data/${kind}Id takes ${subject.length} bytes as a document id, at most ${LONGEST_DOCUMENT_ID} are possible`;
    return { reason: 'not-an-interaction', detail };
  }
  return {
    subject,
    kind,
    sequence: event.sequence,
    time: eventTime(time, event.enqueuedAt),
    digest: eventDigest(source, id),
    action: data.action,
    itemId: data.itemId,
    query: data.query,
    channel: data.channel,
    location: data.location,
  };
}

/** A clock that runs ahead must not make everything before it look old, so the hub's own time is the upper bound. */
function eventTime(time: string | undefined, enqueuedAt: number): number {
  const stated = time === undefined ? NaN : Date.parse(time);
  return stated < enqueuedAt ? stated : enqueuedAt;
}

/** CloudEvents are identified by source and id together. 48 bits against 4096 remembered ids: one collision in 7e10 events. */
function eventDigest(source: string, id: string): string {
  return hash('sha256', `${source}\n${id}`, 'base64url').slice(0, 8);
}
