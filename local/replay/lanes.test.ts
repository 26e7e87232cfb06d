import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../runtime/contracts/names.ts';
import type { InteractionEvent } from '../../runtime/contracts/events.ts';
import { Lanes } from './lanes.ts';

function event(userId: string, number: number): InteractionEvent {
  const data = { userId, action: 'view' };
  return { specversion: '1.0', id: String(number), source: '/test', type: EVENT_TYPES.interaction, data };
}

describe('Lanes', () => {
  it('sends every event once and in order per user, whatever the requests take', async () => {
    const users = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6_000 });
    await fc.assert(
      fc.asyncProperty(users, fc.integer({ min: 1, max: 5 }), async (sequence, count) => {
        const received = new Map<string, number[]>();
        const lanes = new Lanes(count, async (events) => {
          await new Promise((resolve) => setImmediate(resolve));
          for (const { data, id } of events) {
            const user = data.userId ?? '';
            received.set(user, [...(received.get(user) ?? []), Number(id)]);
          }
        });
        for (const [index, user] of sequence.entries()) await lanes.add(event(`user-${user}`, index));
        await lanes.drain();

        expect(lanes.acknowledgedTotal).toBe(sequence.length);
        const sent = new Map<string, number[]>();
        sequence.forEach((user, index) => sent.set(`user-${user}`, [...(sent.get(`user-${user}`) ?? []), index]));
        expect(received).toEqual(sent);
      }),
      { numRuns: 25 },
    );
  });

  it('goes on where an interrupted run was, without a gap or a repetition', async () => {
    const all = Array.from({ length: 5_000 }, (_, index) => event(`user-${index % 37}`, index));
    const received: number[] = [];
    const send = async (events: InteractionEvent[]) => void received.push(...events.map(({ id }) => Number(id)));

    const first = new Lanes(3, send);
    for (const next of all.slice(0, 3_500)) await first.add(next);
    await first.settle();
    expect(received.length).toBe(first.acknowledgedTotal);
    expect(received.length).toBeLessThan(3_500);

    const second = new Lanes(3, send, first.acknowledged);
    for (const next of all) await second.add(next);
    await second.drain();
    expect(received.sort((a, b) => a - b)).toEqual(all.map((_, index) => index));
  });

  it('reports a refused request to whoever adds or waits', async () => {
    const lanes = new Lanes(1, () => Promise.reject(new Error('refused')));
    await lanes.add(event('user', 1));
    await expect(lanes.drain()).rejects.toThrow('refused');
    await expect(lanes.add(event('user', 2))).rejects.toThrow('refused');
    expect(lanes.acknowledgedTotal).toBe(0);
  });
});
