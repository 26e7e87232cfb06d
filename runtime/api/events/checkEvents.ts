import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { EVENT_LIMITS, interactionEventSchema, type InteractionEvent } from '../../contracts/events.ts';
import { isIdentifier } from '../../contracts/identifiers.ts';
import { partitionKeyOf } from '../../contracts/partitionKey.ts';
import { boundedJson } from '../http/boundedJson.ts';
import { faultsOf, pointerToken } from '../http/faults.ts';
import { MAX_FAULTS, Problem, type Fault } from '../http/problem.ts';
import type { OutgoingEvent } from '../services/sendRequest.ts';

// Errors are collected per event, and an event is small: its size is checked first.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, allowMatchingProperties: true });
addFormats.default(ajv);
ajv.addFormat('identifier', isIdentifier);
const isInteractionEvent = ajv.compile<InteractionEvent>(interactionEventSchema);

const CHOICES = [{ path: '/data', reason: 'needs a userId or, for an anonymous visitor, a sessionId' }];
const QUANTITY_HINT = 'must be greater than 0; report goods that came back with the action "return"';
/** How `JSON.stringify` writes half of a surrogate pair; also matches harmless texts, which a closer look sorts out. */
const POSSIBLY_ILL_FORMED = '\\ud';

/**
 * Checks events and makes them ready to be sent; an event without a time gets the present one. All or nothing: one bad
 * event refuses the request.
 * @throws {Problem} 400 with every bad event by index, path and reason, up to 100 faults.
 */
export function checkEvents(events: readonly unknown[], now: string): OutgoingEvent[] {
  const outgoing: OutgoingEvent[] = [];
  const faults: Fault[] = [];
  let bad = 0;
  for (let index = 0; index < events.length; index += 1) {
    const checked = checkEvent(events[index], now);
    if (!Array.isArray(checked)) {
      outgoing.push(checked);
      continue;
    }
    bad += 1;
    for (const fault of checked) if (faults.length < MAX_FAULTS) faults.push({ index, ...fault });
  }
  if (bad === 0) return outgoing;
  const listed = faults.length < MAX_FAULTS ? '' : ` The first ${MAX_FAULTS} faults are listed.`;
  throw new Problem('invalid-request', `${bad} of ${events.length} events are not valid; none was taken.${listed}`, {
    errors: faults,
  });
}

function checkEvent(event: unknown, now: string): OutgoingEvent | Fault[] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return [{ path: '', reason: 'must be an object' }];
  }
  if (!Object.hasOwn(event, 'time')) (event as { time?: string }).time = now;
  const json = boundedJson(event);
  if (json === undefined) return [{ path: '', reason: 'is nested too deeply' }];
  const body = Buffer.from(json, 'utf8');
  if (body.length > EVENT_LIMITS.eventBytes) {
    return [{ path: '', reason: `must have at most ${EVENT_LIMITS.eventBytes} bytes as JSON; it has ${body.length}` }];
  }
  if (!isInteractionEvent(event)) return schemaFaults();
  const { source, id, data } = event;
  const unusable = json.includes(POSSIBLY_ILL_FORMED) ? illFormed(event, '') : [];
  if (unusable.length > 0) return unusable;
  return { identity: `${source}\n${id}`, partitionKey: partitionKeyOf(data), body };
}

function schemaFaults(): Fault[] {
  const faults = faultsOf(isInteractionEvent.errors ?? [], '', CHOICES);
  const quantity = faults.find(({ path, reason }) => path === '/data/quantity' && reason.startsWith('must be greater'));
  if (quantity) quantity.reason = QUANTITY_HINT;
  return faults;
}

/** Every text, also in names, that holds half of a surrogate pair: no store could keep it. */
function illFormed(value: unknown, path: string): Fault[] {
  const reason = 'must be well-formed Unicode';
  if (typeof value === 'string') return value.isWellFormed() ? [] : [{ path, reason }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => {
    const at = `${path}/${pointerToken(name)}`;
    return name.isWellFormed() ? illFormed(entry, at) : [{ path, reason }];
  });
}
