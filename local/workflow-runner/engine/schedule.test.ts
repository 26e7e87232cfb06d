import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Actions } from '../project/definition.ts';
import type { ActionStatus } from './records.ts';
import { groupStatus, runGraph } from './schedule.ts';

const STATES = ['Succeeded', 'Failed', 'Skipped', 'TimedOut'];

/** A random graph: action i runs after some of the actions before it. */
const graph = fc
  .array(
    fc.record({
      ends: fc.constantFrom<ActionStatus>('Succeeded', 'Failed', 'TimedOut'),
      after: fc.array(fc.tuple(fc.nat(), fc.subarray(STATES, { minLength: 1 })), { maxLength: 3 }),
      ticks: fc.nat(3),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((nodes) =>
    nodes.map((node, index) => ({
      ...node,
      runAfter: Object.fromEntries(
        index === 0 ? [] : node.after.map(([before, states]) => [`a${before % index}`, states]),
      ),
    })),
  );

describe('runGraph', () => {
  it('runs or skips each action exactly once, after all it waits for, by their states', async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (nodes) => {
        const actions: Actions = Object.fromEntries(
          nodes.map(({ runAfter }, i) => [`a${i}`, { type: 'Compose', runAfter }]),
        );
        const ended = new Map<string, ActionStatus>();
        const begin = (name: string) => {
          expect(ended.has(name)).toBe(false);
          for (const before of Object.keys(actions[name]!.runAfter!)) expect(ended.has(before)).toBe(true);
        };
        const statuses = await runGraph({
          actions,
          run: async (name) => {
            begin(name);
            const { ends, ticks } = nodes[Number(name.slice(1))]!;
            for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
            ended.set(name, ends);
            return ends;
          },
          skip: async (name, _definition, { predecessor, wanted, actual }) => {
            begin(name);
            expect(ended.get(predecessor)).toBe(actual);
            expect(wanted).not.toContain(actual);
            ended.set(name, 'Skipped');
            return 'Skipped';
          },
        });
        expect(statuses).toEqual(new Map(Object.keys(actions).map((name) => [name, ended.get(name)])));
        for (const [name, status] of statuses) {
          const met = Object.entries(actions[name]!.runAfter!).every(([before, states]) =>
            states.includes(ended.get(before)!),
          );
          expect(status === 'Skipped').toBe(!met);
        }
      }),
    );
  });

  it('runs what nothing holds back at the same time', async () => {
    const actions: Actions = {
      a: { type: 'Compose' },
      b: { type: 'Compose' },
      c: { type: 'Compose', runAfter: { a: ['SUCCEEDED'], b: ['succeeded'] } },
    };
    const started: string[] = [];
    let release: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    await runGraph({
      actions,
      run: async (name) => {
        started.push(name);
        if (started.length === 2) release();
        if (name !== 'c') await both;
        return 'Succeeded';
      },
      skip: async () => 'Skipped',
    });
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('rejects only when everything that began has ended', async () => {
    let slowEnded = false;
    const run = async (name: string): Promise<ActionStatus> => {
      if (name === 'bad') throw new Error('no');
      await new Promise((resolve) => setTimeout(resolve, 20));
      slowEnded = true;
      return 'Succeeded';
    };
    const group = runGraph({
      actions: { bad: { type: 'Compose' }, slow: { type: 'Compose' } },
      run,
      skip: async () => 'Skipped',
    });
    await expect(group).rejects.toThrow('no');
    expect(slowEnded).toBe(true);
  });
});

describe('groupStatus', () => {
  const after = (before: string, ...states: string[]) => ({ type: 'Compose', runAfter: { [before]: states } });
  const first = { type: 'Compose' };

  it.each<[string, Actions, Record<string, ActionStatus>, ActionStatus]>([
    ['nothing to do', {}, {}, 'Succeeded'],
    ['all succeeded', { a: first, b: after('a', 'Succeeded') }, { a: 'Succeeded', b: 'Succeeded' }, 'Succeeded'],
    ['a failed last action', { a: first, b: after('a', 'Succeeded') }, { a: 'Succeeded', b: 'Failed' }, 'Failed'],
    ['a timed-out last action', { a: first }, { a: 'TimedOut' }, 'Failed'],
    [
      'a failure that leaves the rest skipped',
      { a: first, b: after('a', 'Succeeded') },
      { a: 'Failed', b: 'Skipped' },
      'Failed',
    ],
    ['a failure that is handled', { a: first, b: after('a', 'Failed') }, { a: 'Failed', b: 'Succeeded' }, 'Succeeded'],
    [
      'a handler that was not needed',
      { a: first, b: after('a', 'Failed') },
      { a: 'Succeeded', b: 'Skipped' },
      'Succeeded',
    ],
    ['one of two ends failed', { a: first, b: first }, { a: 'Succeeded', b: 'Failed' }, 'Failed'],
    ['a cancelled one', { a: first, b: first }, { a: 'Cancelled', b: 'Failed' }, 'Cancelled'],
  ])('%s', (_what, actions, statuses, expected) => {
    expect(groupStatus(actions, new Map(Object.entries(statuses)))).toBe(expected);
  });
});
