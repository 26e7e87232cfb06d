import { hash } from 'node:crypto';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { sessionSubject, userSubject, type DeadLetterReason } from '../../contracts/documents.ts';
import { EVENT_LIMITS, interactionEventSchema, type InteractionEvent } from '../../contracts/events.ts';
import { IDENTIFIER_RULE, isIdentifier } from '../../contracts/identifiers.ts';
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

const ajv = new Ajv2020({ allowUnionTypes: true, allowMatchingProperties: true });
addFormats.default(ajv);
ajv.addFormat('identifier', isIdentifier);
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
    return { reason: 'not-an-interaction', detail: describeFault(isInteractionEvent.errors?.[0]) };
  }
  return subjectEvent(parsed.value, event);
}

function describeFault(fault: ErrorObject | undefined): string {
  const rule = fault?.params.format === 'identifier' ? IDENTIFIER_RULE : fault?.message;
  return `${fault?.instancePath || '/'} ${rule ?? 'is not valid'}`;
}

function parse(body: Uint8Array): { value: unknown } | Poison {
  try {
    return { value: JSON.parse(utf8.decode(body)) };
  } catch (error) {
    return { reason: 'not-json', detail: error instanceof Error ? error.message : String(error) };
  }
}

function subjectEvent({ id, source, time, data }: InteractionEvent, event: HubEvent): SubjectEvent {
  const kind = data.userId === undefined ? 'session' : 'user';
  const subject = data.userId === undefined ? sessionSubject(data.sessionId ?? '') : userSubject(data.userId);
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
