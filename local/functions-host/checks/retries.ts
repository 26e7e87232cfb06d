import { expect } from 'vitest';
import { waitFor } from '../testing/waitFor.ts';
import { eventHubApp } from './apps.ts';
import type { Check } from './check.ts';

const TRIES = 'const { retryCount, maxRetryCount, exception } = context.retryContext ?? {};';
const fixed = (maxRetryCount: number, seconds = 1) =>
  `retry: { strategy: 'fixedDelay', maxRetryCount: ${maxRetryCount}, delayInterval: { seconds: ${seconds} } },`;

export const retryChecks: Check[] = [
  {
    name: 'fixedDelay: the batch is tried again after the delay, and knows which try it is and what ended the one before',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const body = `${TRIES} context.log(JSON.stringify([retryCount, maxRetryCount, exception?.message ?? null]));
        if (retryCount < 2) throw new Error('try ' + retryCount);`;
      const host = await stage.host({ code: eventHubApp(hub, body, fixed(3)) }, hub.settings);
      await hub.send([7]);
      await hub.checkpointAt(0);
      expect(host.logged('events')).toEqual(['[7]', '[0,3,null]', '[7]', '[1,3,"try 0"]', '[7]', '[2,3,"try 1"]']);
      const waits = host.lines.filter(({ message }) => message === 'Waiting for the next try');
      expect(waits.map(({ delayMs }) => delayMs)).toEqual([10, 10]);
    },
  },
  {
    name: 'exponentialBackoff: the delay grows from the minimum interval to the maximum, with some jitter',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const policy = `retry: { strategy: 'exponentialBackoff', maxRetryCount: 5,
        minimumInterval: { seconds: 1 }, maximumInterval: { seconds: 4 } },`;
      const host = await stage.host({ code: eventHubApp(hub, "throw new Error('broken')", policy) }, hub.settings, {
        timeScale: 0.01,
      });
      await hub.send([1]);
      await hub.checkpointAt(0);
      const waits = host.lines.filter(({ message }) => message === 'Waiting for the next try');
      const delays = waits.map(({ delayMs }) => Number(delayMs));
      expect(delays).toHaveLength(5);
      expect(delays[0]).toBe(10);
      expect(delays.every((delay, n) => n === 0 || delay >= delays[n - 1]!)).toBe(true);
      expect(delays.slice(3)).toEqual([40, 40]);
    },
  },
  {
    name: 'While a batch is tried again its partition waits without a checkpoint; other partitions go on',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub(2);
      const body = `${TRIES} if (events.includes('bad') && retryCount < 40) throw new Error('again');`;
      const host = await stage.host({ code: eventHubApp(hub, body, fixed(-1)) }, hub.settings);
      await hub.send(['bad'], '0');
      await waitFor('some tries', () => host.logged('events').length > 3);
      await hub.send(['behind'], '0');
      await hub.send(['elsewhere'], '1');
      await hub.checkpointAt(0, '1');
      expect(await hub.checkpoint('0')).toBeUndefined();
      expect(host.logged('events').join()).not.toContain('behind');
      await hub.checkpointAt(1, '0');
      expect(host.logged('events').filter((batch) => batch.includes('behind'))).toEqual(['["behind"]']);
    },
  },
  {
    name: 'maxRetryCount -1 tries for ever: until the function succeeds or the host stops',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const app = stage.app({ code: eventHubApp(hub, "if (!process.env.WELL) throw new Error('away')", fixed(-1)) });
      const first = await stage.host(app, hub.settings);
      await hub.send([1]);
      await waitFor('many tries', () => first.logged('events').length > 20);
      await first.stop();
      expect(await hub.checkpoint()).toBeUndefined();
      await stage.host(app, { ...hub.settings, WELL: '1' });
      await hub.checkpointAt(0);
    },
  },
  {
    name: 'A stop ends the wait between two tries: the batch comes again, its count starts at 0',
    fidelity: 'differs',
    async run(stage) {
      const hub = await stage.hub();
      const body = `${TRIES} context.log('try ' + retryCount); throw new Error('again');`;
      const app = stage.app({ code: eventHubApp(hub, body, fixed(-1, 3600)) });
      for (const host of [await stage.host(app, hub.settings, { timeScale: 1 })]) {
        await hub.send([1]);
        await host.line('Waiting for the next try');
        await host.stop();
      }
      expect(await hub.checkpoint()).toBeUndefined();
      const second = await stage.host(app, hub.settings, { timeScale: 1 });
      await second.line('Waiting for the next try');
      expect(second.logged('events')).toEqual(['[1]', 'try 0']);
    },
  },
  {
    name: 'A batch that fails all its tries is given up and the checkpoint moves past it: Event Hubs has no poison queue',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const body = "if (events.includes('poison')) throw new Error('broken')";
      const host = await stage.host({ code: eventHubApp(hub, body, fixed(2)) }, hub.settings);
      await hub.send(['poison']);
      await hub.checkpointAt(0);
      await hub.send(['next']);
      await hub.checkpointAt(1);
      expect(host.logged('events')).toEqual([...Array(3).fill('["poison"]'), '["next"]']);
      expect((await host.line('Gave up after 2 retries')).level).toBe('error');
    },
  },
  {
    name: 'retry of host.json is the policy of functions that have none',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const retry = { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: '00:00:01' };
      const host = await stage.host(
        { code: eventHubApp(hub, "throw new Error('no')"), hostJson: { retry } },
        hub.settings,
      );
      await hub.send([1]);
      await hub.checkpointAt(0);
      expect(host.logged('events')).toEqual(['[1]', '[1]']);
    },
  },
  {
    name: 'A timer is retried by its policy',
    fidelity: 'like Azure',
    async run(stage) {
      const code = `app.timer('tick', { schedule: '0 0 0 1 1 *', runOnStartup: true, ${fixed(2)}
        handler: (timer, context) => { context.log('try'); throw new Error('broken'); } });`;
      const { settings } = await stage.services();
      const host = await stage.host({ code }, { ...settings, WEBSITE_SITE_NAME: 'retried' });
      await host.line('Gave up after 2 retries');
      expect(host.logged('tick')).toEqual(['try', 'try', 'try']);
    },
  },
  {
    name: 'A retry policy of an http or Event Grid function has no effect, and a warning says so',
    fidelity: 'differs',
    async run(stage) {
      const code = `app.generic('web', { trigger: trigger.generic({ type: 'httpTrigger', authLevel: 'anonymous', methods: ['GET'] }),
        return: output.generic({ type: 'http' }), ${fixed(3)}
        handler: (request, context) => { context.log('try'); throw new Error('broken'); } });`;
      const host = await stage.host({ code });
      expect((await host.get('/api/web')).status).toBe(500);
      expect(host.logged('web')).toEqual(['try']);
      expect((await host.line('The retry policy of web has no effect')).level).toBe('warning');
    },
  },
  ...(
    [
      ['a fixed delay without interval', "strategy: 'fixedDelay', maxRetryCount: 1", "(Parameter 'DelayInterval')"],
      ['a count below -1', "strategy: 'fixedDelay', maxRetryCount: -2, delayInterval: 1000", 'maxRetryCount must be'],
      [
        'a minimum interval beyond the maximum',
        "strategy: 'exponentialBackoff', maxRetryCount: 1, minimumInterval: 9000, maximumInterval: 3000",
        'minimumInterval (9 s) must not exceed maximumInterval (3 s)',
      ],
    ] as const
  ).map(([what, policy, message]): Check => ({
    name: `A retry policy with ${what} is refused at the start`,
    fidelity: 'like Azure',
    async run(stage) {
      const code = `app.timer('t', { schedule: '* * * * * *', retry: { ${policy} }, handler: () => {} });`;
      const refusal = await stage.refusal({ code });
      expect(refusal).toMatch(
        /^The 't' function is in error: Error indexing method 'Functions\.t'\. Its retry policy: /,
      );
      expect(refusal).toContain(message);
    },
  })),
];
