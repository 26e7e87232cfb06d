import { expect } from 'vitest';
import type { TestGrid } from '../testing/testGrid.ts';
import { idsOf, MINUTE, to, type Check, type Stage } from './check.ts';

const DUPLICATES = { share: 0.3, seed: 7 };
const IDS = Array.from({ length: 60 }, (_, id) => `event-${id}`);

/** Publishes one event after the other and gives the ids in the order in which they arrived. */
async function arrivals(stage: Stage, grid: TestGrid): Promise<{ ids: string[]; counts: unknown[] }> {
  const hook = await stage.hook();
  const topic = await grid.topic();
  await topic.subscribe({ destination: to(hook) });
  for (const id of IDS) {
    await topic.publish(id);
    grid.clock.advance(100);
  }
  let left = 100;
  while (topic.describe().pending > 0 && left > 0) {
    grid.clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 2));
    left -= 1;
  }
  await topic.settled({ matched: IDS.length, delivered: IDS.length, pending: 0 });
  return { ids: idsOf(hook), counts: hook.notifications().map(({ headers }) => headers['aeg-delivery-count']) };
}

const twice = (ids: string[]) => [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].toSorted();

export const duplicateChecks: Check[] = [
  {
    name: 'a switch makes a share of events come twice and late, where on Azure that is rare; none is lost',
    fidelity: 'differs',
    async run(stage) {
      const { ids, counts } = await arrivals(stage, await stage.otherGrid({ duplicates: DUPLICATES }));
      expect([...new Set(ids)].toSorted()).toEqual(IDS.toSorted());
      expect(twice(ids).length).toBeGreaterThan(5);
      expect(ids).toHaveLength(IDS.length + twice(ids).length);
      expect(counts.filter((count) => count === '1')).toHaveLength(twice(ids).length);
      const firsts = [...new Set(ids)];
      expect(firsts).not.toEqual(IDS);
    },
  },
  {
    name: 'the same seed of that switch makes the same events come twice',
    fidelity: 'differs',
    async run(stage) {
      const first = await arrivals(stage, await stage.otherGrid({ duplicates: DUPLICATES }));
      const second = await arrivals(stage, await stage.otherGrid({ duplicates: DUPLICATES }));
      const other = await arrivals(stage, await stage.otherGrid({ duplicates: { ...DUPLICATES, seed: 8 } }));
      expect(twice(second.ids)).toEqual(twice(first.ids));
      expect(twice(other.ids)).not.toEqual(twice(first.ids));
    },
  },
  {
    name: 'without the switch an event comes once as long as its endpoint answers',
    async run(stage) {
      const { ids } = await arrivals(stage, await stage.otherGrid({}));
      expect(ids.toSorted()).toEqual(IDS.toSorted());
    },
  },
  {
    name: 'an event whose answer gets lost comes again, though the endpoint has taken it',
    async run(stage) {
      const taken: string[] = [];
      const hook = await stage.hook({
        answer: ({ body }) => {
          taken.push((body as { id: string }).id);
          return taken.length === 1 ? { status: 200, cut: true } : { status: 200 };
        },
      });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('1');
      await topic.settled({ retrying: 1, lastError: expect.stringMatching(/^SocketError: /) as string });
      stage.clock.advance(MINUTE);
      await topic.settled({ delivered: 1 });
      expect(taken).toEqual(['1', '1']);
    },
  },
  {
    name: 'a duplicate made by that switch that cannot be delivered is not dead-lettered: the event has arrived',
    fidelity: 'differs',
    async run(stage) {
      const grid = await stage.otherGrid({ duplicates: { share: 1, seed: 1 } });
      const deadLetters = await stage.deadLetters();
      const hook = await stage.hook({ answer: (_request, count) => ({ status: count === 1 ? 200 : 400 }) });
      const topic = await grid.topic();
      await topic.subscribe({ destination: to(hook), deadLetter: deadLetters.destination });
      await topic.publish('1');
      grid.clock.advance(MINUTE);
      await topic.settled({ retrying: 1 });
      grid.clock.advance(MINUTE);
      await topic.settled({ delivered: 1, undeliverable: 0, pending: 0 });
      expect(hook.notifications()).toHaveLength(2);
    },
  },
];
