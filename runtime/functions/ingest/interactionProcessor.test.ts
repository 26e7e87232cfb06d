import { describe, expect, it } from 'vitest';
import { InteractionProcessor } from './interactionProcessor.ts';
import { partitionMemory } from './partitionMemory.ts';
import type { HubEvent } from './ports.ts';
import { TransientStoreError } from '../stores/transientError.ts';
import { immediateRetry } from './testing/delivery.ts';
import { TEST_RULES } from './testing/expectedEffects.ts';
import { MemoryStores, type Gate } from './testing/memoryStores.ts';

function hubEvent(sequence: number, data: object): HubEvent {
  const event = { specversion: '1.0', id: `e${sequence}`, source: '/t', type: 'attune.interaction.v1', data };
  return { body: Buffer.from(JSON.stringify(event)), sequence, offset: `${sequence}`, enqueuedAt: 1000 + sequence };
}

function setUp(gate?: Gate) {
  const stores = new MemoryStores();
  const ports = stores.ports(gate);
  const sleeps: number[] = [];
  const retry = { ...immediateRetry, sleep: async (ms: number) => void sleeps.push(ms) };
  const memory = partitionMemory(1_000_000);
  const processor = new InteractionProcessor({ ...ports, memory, rules: TEST_RULES, retry });
  const process = (events: HubEvent[]) => processor.process({ hub: 'interactions', partition: '0', events });
  return { stores, ports, process, sleeps };
}

const view = (sequence: number, userId: string, itemId = 'i1') =>
  hubEvent(sequence, { userId, itemId, action: 'view' });

describe('InteractionProcessor', () => {
  it('reads what it wrote last from memory, and one cursor and one write serve a batch', async () => {
    const calls: string[] = [];
    const { process } = setUp(async (call, when) => void (when === 'before' && calls.push(call)));
    await process([view(0, 'a'), view(1, 'a'), view(2, 'b')]);
    expect(calls).toEqual(['read cursor', 'read profiles', 'commit', 'write profiles']);
    calls.length = 0;
    await process([view(3, 'a'), view(4, 'b')]);
    expect(calls).toEqual(['commit', 'write profiles']);
    calls.length = 0;
    await process([view(3, 'a'), view(4, 'b')]);
    expect(calls).toEqual([]);
  });

  it('stores a poison event with where it came from and goes on', async () => {
    const { process, stores } = setUp();
    const broken = { ...view(1, 'a'), body: Buffer.from([0xff, 0x00]) };
    await process([view(0, 'a'), broken, view(2, 'a')]);
    expect(stores.letters.get('interactions/0/1')).toEqual({
      reason: 'not-json',
      detail: expect.any(String),
      hub: 'interactions',
      partition: '0',
      sequence: 1,
      offset: '1',
      enqueuedAt: '1970-01-01T00:00:01.001Z',
      body: '/wA=',
      encoding: 'base64',
    });
    expect(stores.cursor('interactions-0')).toMatchObject({ applied: 2, deadLettered: { 'not-json': 1 }, sequence: 2 });
  });

  it('splits what would not fit into one document', async () => {
    const { process, stores } = setUp();
    const events = Array.from({ length: 1000 }, (_, index) =>
      hubEvent(index, { userId: `u${index % 3}`, itemId: `${index}-`.padEnd(128, 'x'), action: 'purchase' }),
    );
    await process(events);
    const deltas = stores.deltasOf('interactions-0');
    expect(deltas.length).toBeGreaterThan(1);
    for (const delta of deltas) expect(JSON.stringify(delta).length).toBeLessThan(2_000_000);
    expect(deltas.flatMap(({ from, to }) => [from, to]).at(-1)).toBe(999);
    expect(deltas.flatMap(({ popularity }) => Object.keys(popularity))).toHaveLength(1000);
    expect(stores.cursor('interactions-0')).toMatchObject({ applied: 1000, sequence: 999 });
  });

  it('waits as long as a busy store asks, and gives the batch back when it stays away', async () => {
    let refusals = 2;
    const { process, sleeps, stores } = setUp(async (call, when) => {
      if (call === 'commit' && when === 'before' && refusals-- > 0) {
        throw new TransientStoreError('429', { retryAfterMs: 70 });
      }
    });
    await process([view(0, 'a')]);
    expect(sleeps).toEqual([70, 70]);

    refusals = Infinity;
    await expect(process([view(1, 'a')])).rejects.toThrow('429');
    refusals = 0;
    await process([view(1, 'a')]);
    expect(stores.cursor('interactions-0')).toMatchObject({ applied: 2, sequence: 1 });
  });

  it('moves the events of a profile that the store refuses to the dead letters, counted once', async () => {
    const { process, ports, stores } = setUp();
    const { write } = ports.profiles;
    ports.profiles.write = async (profiles) => {
      const answers = await write(profiles.filter(({ subject }) => subject !== 'user:bad'));
      return profiles.map(({ subject }) => (subject === 'user:bad' ? { refused: '413 too large' } : answers.shift()!));
    };
    const batch = [view(0, 'bad'), view(1, 'good'), view(2, 'bad')];
    await process(batch);
    await process(batch);
    await process([view(3, 'bad')]);
    expect(stores.cursor('interactions-0')).toMatchObject({ applied: 1, deadLettered: { 'effect-failed': 3 } });
    expect([...stores.letters.keys()]).toEqual(['interactions/0/0', 'interactions/0/2', 'interactions/0/3']);
    expect(stores.letters.get('interactions/0/0')).toMatchObject({ reason: 'effect-failed', detail: '413 too large' });
    expect(stores.profile('user:good')).toMatchObject({ events: 1 });
  });

  it('lets batches of one partition take turns', async () => {
    const { process, stores } = setUp();
    await Promise.all([process([view(0, 'a'), view(1, 'a')]), process([view(2, 'a')]), process([view(3, 'a')])]);
    expect(stores.profile('user:a')).toMatchObject({ events: 4, sequence: 3 });
  });
});
