import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { partitionOf } from '../../contracts/partitionKey.ts';
import { Problem } from '../http/problem.ts';
import { MemoryHub } from '../testing/memoryHub.ts';
import { EventSender, type EventSenderOptions } from './eventSender.ts';
import type { OutgoingEvent } from './sendRequest.ts';

function event(id: string, key = 'anna', bytes = 10): OutgoingEvent {
  return { identity: id, partitionKey: key, body: Buffer.from(id.padEnd(bytes, '.')) };
}

function sender(hub: MemoryHub, options: Partial<EventSenderOptions> = {}) {
  const errors: unknown[] = [];
  return { errors, events: new EventSender({ producer: hub, onError: (error) => errors.push(error), ...options }) };
}

async function refusal(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('EventSender', () => {
  it('sends each event to the partition of its key, in order', async () => {
    const hub = new MemoryHub();
    const keys = ['anna', 'bert', 'carl', 'dora'];
    const batch = Array.from({ length: 40 }, (_, index) => event(`e${index}`, keys[index % 4]));
    expect(await sender(hub).events.send(batch)).toEqual({ accepted: 40, duplicates: 0 });
    for (const key of keys) {
      const sent = batch.filter(({ partitionKey }) => partitionKey === key).map(({ body }) => body.toString());
      const arrived = hub.arrived.get(String(partitionOf(key, 4)))!.filter((body) => sent.includes(body));
      expect(arrived).toEqual(sent);
    }
  });

  it('gathers while a batch is under way and then sends everything together', async () => {
    const hub = new MemoryHub({ partitions: 1 });
    const { events } = sender(hub);
    await events.send([event('first')]);
    const release = hub.hold();
    const waiting = [events.send([event('a')])];
    await new Promise((resolve) => setImmediate(resolve));
    for (const id of ['b', 'c', 'd']) waiting.push(events.send([event(id)]));
    release();
    await Promise.all(waiting);
    expect(hub.batches).toEqual([1, 1, 3]);
  });

  it('splits what does not fit into one batch', async () => {
    const hub = new MemoryHub({ partitions: 1, batchBytes: 100 });
    const batch = Array.from({ length: 25 }, (_, index) => event(`e${index}`, 'anna', 10));
    expect(await sender(hub).events.send(batch)).toEqual({ accepted: 25, duplicates: 0 });
    expect(hub.batches).toEqual([10, 10, 5]);
  });

  it('sends an event once, however often it comes, as soon as it was accepted', async () => {
    const hub = new MemoryHub();
    const { events } = sender(hub);
    expect(await events.send([event('a'), event('a'), event('b')])).toEqual({ accepted: 2, duplicates: 1 });
    expect(await events.send([event('a')])).toEqual({ accepted: 0, duplicates: 1 });
    expect(await events.send([event('b'), event('c')])).toEqual({ accepted: 1, duplicates: 1 });
    expect(hub.bodies.map((body) => body[0]).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('refuses with 503 while the hub is away, forgets what was not accepted, and recovers', async () => {
    const hub = new MemoryHub();
    hub.away = true;
    const { events, errors } = sender(hub);
    const problem = await refusal(events.send([event('a')]));
    expect(problem).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(String(errors[0])).toContain('hub away');
    expect(events.queuedBytes).toBe(0);
    hub.away = false;
    expect(await events.send([event('a')])).toEqual({ accepted: 1, duplicates: 0 });
  });

  it('does not make a request wait longer than its patience, nor send later what it has refused', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const hub = new MemoryHub({ partitions: 1 });
    const { events } = sender(hub, { patienceMs: 1_000 });
    await events.send([event('first')]);
    const release = hub.hold();
    const underWay = refusal(events.send([event('a')]));
    await vi.advanceTimersByTimeAsync(10);
    const queued = refusal(events.send([event('b')]));
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await underWay).status).toBe(503);
    expect((await queued).status).toBe(503);
    release();
    await vi.advanceTimersByTimeAsync(10);
    expect(hub.bodies.map((body) => body.replaceAll('.', ''))).toEqual(['first', 'a']);
    // The event under way was accepted after all: sending it again has no second effect.
    expect(await events.send([event('a'), event('b')])).toEqual({ accepted: 1, duplicates: 1 });
  });

  it('keeps no more than its capacity waiting', async () => {
    const hub = new MemoryHub({ partitions: 1 });
    const { events } = sender(hub, { capacityBytes: 100 });
    const release = hub.hold();
    const first = events.send([event('a', 'anna', 60)]);
    expect((await refusal(events.send([event('b', 'anna', 60)]))).message).toContain('Too many events are waiting');
    release();
    await first;
    expect(await events.send([event('b', 'anna', 60)])).toEqual({ accepted: 1, duplicates: 0 });
  });

  it('refuses an event that no batch can hold, and sends the others', async () => {
    const hub = new MemoryHub({ partitions: 1, batchBytes: 50 });
    const { events } = sender(hub);
    const [large, small] = await Promise.all([refusal(events.send([event('a', 'x', 80)])), events.send([event('b')])]);
    expect(large.status).toBe(503);
    expect(small).toEqual({ accepted: 1, duplicates: 0 });
  });

  it('sends what is queued before it closes', async () => {
    const hub = new MemoryHub({ partitions: 1 });
    const { events } = sender(hub);
    await events.send([event('first')]);
    const release = hub.hold();
    const sending = events.send([event('a')]);
    await new Promise((resolve) => setImmediate(resolve));
    const closing = events.close();
    release();
    await closing;
    expect(await sending).toEqual({ accepted: 1, duplicates: 0 });
    expect(hub.closed).toBe(true);
  });

  it('never says accepted of what did not arrive, and never sends twice what it said accepted', async () => {
    const request = fc.array(fc.record({ id: fc.nat(30), key: fc.constantFrom('a', 'b', 'c') }), { maxLength: 8 });
    const step = fc.record({ events: request, away: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const hub = new MemoryHub({ partitions: 2, batchBytes: 40 });
        const { events } = sender(hub);
        const accepted = new Set<string>();
        for (const { events: wanted, away } of steps) {
          hub.away = away;
          const batch = wanted.map(({ id, key }) => event(`${id}${key}`, key));
          const before = hub.bodies.length;
          const answer = await events.send(batch).catch((error: unknown) => {
            expect(error).toBeInstanceOf(Problem);
          });
          if (!answer) continue;
          expect(answer.accepted + answer.duplicates).toBe(batch.length);
          expect(hub.bodies.length - before).toBe(answer.accepted);
          for (const { identity } of batch) accepted.add(identity);
        }
        const arrived = hub.bodies.map((body) => body.replaceAll('.', ''));
        for (const identity of accepted) expect(arrived.filter((body) => body === identity)).toHaveLength(1);
      }),
    );
  });
});
