import { expect } from 'vitest';
import { waitFor } from '../testing/waitFor.ts';
import type { Check } from './check.ts';
import { eventHubApp, gated } from './apps.ts';

const eventHubs = (options: object) => ({ extensions: { eventHubs: options } });

/** A time after everything so far and before everything else. */
async function nextMillisecond(): Promise<string> {
  const before = Date.now();
  await waitFor('the clock', () => Date.now() > before + 1);
  return new Date().toISOString();
}

export const eventHubChecks: Check[] = [
  {
    name: 'A partition has one batch at a time, of at most maxEventBatchSize events and in order; partitions run side by side',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub(2);
      await hub.send([1, 2, 3, 4, 5], '0');
      await hub.send([11], '1');
      const { code, open } = gated(hub, 'if (events.includes(1)) await gate;');
      const host = await stage.host({ code, hostJson: eventHubs({ maxEventBatchSize: 2 }) }, hub.settings);
      await waitFor('both partitions', () => host.logged('events').length === 2);
      await hub.checkpointAt(0, '1');
      expect(host.logged('events').sort()).toEqual(['[1,2]', '[11]']);
      await open(host);
      await hub.checkpointAt(4, '0');
      expect(host.logged('events').filter((batch) => batch !== '[11]')).toEqual(['[1,2]', '[3,4]', '[5]']);
    },
  },
  {
    name: 'minEventBatchSize events are collected, but for no longer than maxWaitTime; the first ones of a partition without checkpoint do not wait',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      await hub.send([1]);
      const hostJson = eventHubs({ minEventBatchSize: 3, maxWaitTime: '00:00:01' });
      const host = await stage.host({ code: eventHubApp(hub), hostJson }, hub.settings);
      await waitFor('the first event', () => host.logged('events').length === 1);
      await hub.send([2, 3]);
      await hub.send([4]);
      await waitFor('the full batch', () => host.logged('events').length === 2);
      await hub.send([5]);
      await waitFor('the end of the wait', () => host.logged('events').length === 3);
      expect(host.logged('events')).toEqual(['[1]', '[2,3,4]', '[5]']);
    },
  },
  {
    name: 'The checkpoint is written after the batch, not when it is received',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const { code, open } = gated(hub, 'await gate;');
      const host = await stage.host({ code }, hub.settings);
      await hub.send([1, 2]);
      await waitFor('the call', () => host.logged('events').length === 1);
      expect(await hub.checkpoint()).toBeUndefined();
      await open(host);
      await hub.checkpointAt(1);
    },
  },
  {
    name: 'The checkpoint moves on even when the function throws: without a retry policy the batch is lost',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const host = await stage.host({ code: eventHubApp(hub, "throw new Error('broken')") }, hub.settings);
      await hub.send([1, 2]);
      await hub.checkpointAt(1);
      expect(host.logged('events')).toEqual(['[1,2]']);
      expect(await host.describe('events')).toMatchObject({ invocations: 1, failures: 1 });
    },
  },
  {
    name: 'Every batchCheckpointFrequency-th batch writes a checkpoint; those after the last one come again, after a clean stop too',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const app = stage.app({
        code: eventHubApp(hub),
        hostJson: eventHubs({ batchCheckpointFrequency: 2, maxEventBatchSize: 1 }),
      });
      const first = await stage.host(app, hub.settings);
      await hub.send([1, 2, 3]);
      await waitFor('three batches', () => first.logged('events').length === 3);
      await first.stop();
      expect(await hub.checkpoint()).toBe(1);
      const second = await stage.host(app, hub.settings);
      await waitFor('the third batch again', () => second.logged('events').length === 1);
      expect(second.logged('events')).toEqual(['[3]']);
    },
  },
  {
    name: 'Cardinality "one" calls once per event, in order, with a checkpoint after each',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const { code, open } = gated(hub, 'if (events === 3) await gate;', hub.trigger.replace("'many'", "'one'"));
      const host = await stage.host({ code }, hub.settings);
      await hub.send([1, 2, 3]);
      await waitFor('the third call', () => host.logged('events').length === 3);
      expect(await hub.checkpoint()).toBe(1);
      await open(host);
      await hub.checkpointAt(2);
      expect(host.logged('events')).toEqual(['1', '2', '3']);
    },
  },
  {
    name: 'initialOffsetOptions decide where a partition without checkpoint starts: fromStart, fromEnd or fromEnqueuedTime',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      await hub.send(['old']);
      const enqueuedTimeUtc = await nextMillisecond();
      await nextMillisecond();
      await hub.send(['between']);
      const seen = async (initialOffsetOptions: object) => {
        const hostJson = eventHubs({ initialOffsetOptions });
        const host = await stage.host({ code: eventHubApp(hub), hostJson }, hub.settings);
        await host.line('Owning a partition');
        // The link is open once what is sent now comes.
        await waitFor('the new events', async () => {
          await hub.send(['new']);
          return host.logged('events').some((batch) => batch.includes('new'));
        });
        await host.stop();
        await hub.forgetCheckpoints();
        return host.logged('events').join(' ');
      };
      expect(await seen({ type: 'fromEnd' })).not.toMatch(/old|between/);
      const since = await seen({ type: 'fromEnqueuedTime', enqueuedTimeUtc });
      expect(since).toContain('between');
      expect(since).not.toContain('old');
      expect(await seen({ type: 'fromStart' })).toContain('old');
    },
  },
  {
    name: 'transportType amqpWebSockets has no effect: the connection stays AMQP over TCP',
    fidelity: 'differs',
    async run(stage) {
      const hub = await stage.hub();
      const hostJson = eventHubs({ transportType: 'amqpWebSockets' });
      const host = await stage.host({ code: eventHubApp(hub), hostJson }, hub.settings);
      await hub.send([1]);
      await hub.checkpointAt(0);
      expect(host.logged('events')).toEqual(['[1]']);
    },
  },
  {
    name: 'A stopping host lets the running batch end, writes its checkpoint, gives up its partitions, and takes nothing new',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub(2);
      const { code, open } = gated(hub, 'await gate;');
      const app = stage.app({ code });
      const first = await stage.host(app, hub.settings);
      await hub.send([1, 2]);
      await waitFor('the call', () => first.logged('events').length === 1);
      const drained = first.drain();
      await first.line('DrainMode is set to True');
      await hub.send([3]);
      await open(first);
      await drained;
      expect(await hub.checkpoint()).toBe(1);
      expect(await hub.owners()).toEqual({ 0: '', 1: '' });
      await first.stop();
      expect(first.logged('events')).toEqual(['[1,2]']);
      const second = await stage.host(app, hub.settings);
      await waitFor('what came meanwhile', () => second.logged('events').length === 1);
      expect(second.logged('events')).toEqual(['[3]']);
      await open(second);
    },
  },
  {
    name: 'A batch that does not end within the bound of a stop (8 s) is cut off without a checkpoint and comes again',
    fidelity: 'differs',
    async run(stage) {
      const hub = await stage.hub();
      const app = stage.app({ code: gated(hub, "if (process.env.STUCK === '1') await gate;").code });
      const first = await stage.host(app, { ...hub.settings, STUCK: '1' }, { drainMs: 100 });
      await hub.send([1]);
      await waitFor('the call', () => first.logged('events').length === 1);
      await first.stop();
      await first.line("Executed 'Functions.events' (Cut off)");
      expect(await hub.checkpoint()).toBeUndefined();
      const second = await stage.host(app, hub.settings);
      await hub.checkpointAt(0);
      expect(second.logged('events')).toEqual(['[1]']);
    },
  },
  {
    name: 'A hub or a namespace that refuses the app is named at the start',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const message = await stage.refusal({ code: eventHubApp(hub) }, { ...hub.settings, HUB: 'nowhere' });
      expect(message).toMatch(/^The listener for function 'Functions\.events' was unable to start\. .*nowhere/);
    },
  },
];
