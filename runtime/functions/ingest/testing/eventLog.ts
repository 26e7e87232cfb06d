import fc from 'fast-check';
import type { HubEvent } from '../ports.ts';

/** One event of a generated log. */
export interface LoggedEvent {
  subject: string;
  action: string;
  item?: string;
  id: string;
  time: number;
  poison?: 'not-json' | 'not-an-interaction';
}

/** Events per hub partition; the sequence number is the index. */
export type EventLog = LoggedEvent[][];

export const PARTITIONS = 2;
const ACTIONS = ['purchase', 'view', 'dismiss', 'search', 'return', 'wave'];
const START = Date.UTC(2026, 0, 1);

interface Draft {
  who: number;
  what: number;
  item: number;
  lane: number;
  repeat: boolean;
  poison: number;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  who: fc.nat(4),
  what: fc.nat(ACTIONS.length - 1),
  item: fc.nat(5),
  lane: fc.nat(PARTITIONS - 1),
  repeat: fc.boolean(),
  poison: fc.nat(12),
});

/**
 * Logs of a few users and sessions that touch a few items. `keyed`: all events of a subject are in one partition, as
 * the producers' partition keys ensure; else they are spread. An event that repeats an id follows the original in its
 * partition.
 */
export function eventLogs({ keyed }: { keyed: boolean }): fc.Arbitrary<EventLog> {
  return fc.array(draft, { maxLength: 40 }).map((drafts) => {
    const log: EventLog = Array.from({ length: PARTITIONS }, () => []);
    for (const [index, each] of drafts.entries()) {
      const lane = log[keyed ? each.who % PARTITIONS : each.lane]!;
      lane.push(loggedEvent(each, index, lane));
    }
    return log;
  });
}

function loggedEvent(each: Draft, index: number, lane: readonly LoggedEvent[]): LoggedEvent {
  const subject = each.who < 3 ? `user:u${each.who}` : `session:s${each.who}`;
  const original = each.repeat ? lane.findLast((event) => event.subject === subject && !event.poison) : undefined;
  return {
    subject,
    action: ACTIONS[each.what]!,
    ...(each.item === 0 ? {} : { item: `i${each.item}` }),
    id: original?.id ?? `e${index}`,
    time: START + index * 1000,
    ...(each.poison === 0 ? { poison: 'not-json' } : each.poison === 1 ? { poison: 'not-an-interaction' } : {}),
  };
}

/** The event as the hub delivers it. */
export function hubEvent(event: LoggedEvent, sequence: number): HubEvent {
  return {
    body: Buffer.from(bodyOf(event)),
    sequence,
    offset: String(sequence * 100),
    enqueuedAt: event.time + 60_000,
  };
}

function bodyOf({ subject, action, item, id, time, poison }: LoggedEvent): string {
  if (poison === 'not-json') return '{"specversion":';
  const [kind, name] = subject.split(':');
  const data = { [`${kind}Id`]: name, action, ...(item ? { itemId: item } : {}) };
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: '/test',
    type: poison === 'not-an-interaction' ? 'something.else.v1' : 'attune.interaction.v1',
    time: new Date(time).toISOString(),
    data,
  });
}
