import { expect } from 'vitest';
import { waitFor } from '../testing/waitFor.ts';
import type { Check } from './check.ts';

const HELLO = `app.http('hello', { handler: () => ({ body: String(process.pid) }) });`;
const NO_RETRIES = "app.http('never', { handler: () => new Promise(() => undefined) });";

export const workerChecks: Check[] = [
  {
    name: 'The app runs in a worker process of its own, with the app settings as its environment and its folder as the working directory',
    fidelity: 'like Azure',
    async run(stage) {
      const code = `app.http('where', { handler: () => ({ jsonBody: {
        pid: process.pid, cwd: process.cwd(), setting: process.env.SETTING, instance: process.env.WEBSITE_INSTANCE_ID,
        service: process.env.ATTUNE_SERVICE ?? null } }) });`;
      const appDir = stage.app({ code });
      const host = await stage.host(appDir, { SETTING: 'value' });
      const where: unknown = await (await host.get('/api/where')).json();
      expect(where).toEqual({ pid: host.workerPid, cwd: appDir, setting: 'value', instance: 'test', service: null });
      expect(host.workerPid).not.toBe(process.pid);
    },
  },
  {
    name: 'What the app writes to its console is logged as Host.Function.Console, its standard error by the words "warn", "error" and "fail"',
    fidelity: 'like Azure',
    async run(stage) {
      const code = `console.log('a plain line'); console.error('one error'); console.warn('a warning'); ${HELLO}`;
      const host = await stage.host({ code });
      await host.line('a warning');
      const lines = host.lines.filter(({ category }) => category === 'Host.Function.Console');
      expect(lines.map(({ level, message }) => `${level}: ${message}`).sort()).toEqual([
        'error: one error',
        'information: a plain line',
        'warning: a warning',
      ]);
    },
  },
  ...(
    [
      ['An uncaught exception', "setTimeout(() => { throw new Error('stray'); })", 'node exited with code 1 (0x1)'],
      ['An unhandled rejection', "Promise.reject(new Error('stray'))", 'node exited with code 1 (0x1)'],
      ['process.exit', 'process.exit(7)', 'node exited with code 7 (0x7)'],
      ['Even process.exit(0)', 'process.exit(0)', 'node exited with code 0 (0x0)'],
      ['A killed worker', "process.kill(process.pid, 'SIGKILL')", 'node exited with code 137 (0x89)'],
    ] as const
  ).map(([what, code, message]): Check => ({
    name: `${what} ends the worker alone: the calls that it runs fail with "${message}", and another worker takes over`,
    fidelity: 'like Azure',
    async run(stage) {
      const crash = `app.http('crash', { handler: () => { ${code}; return new Promise(() => undefined); } });`;
      const host = await stage.host({ code: HELLO + NO_RETRIES + crash });
      const before = host.workerPid;
      const beside = host.get('/api/never');
      await waitFor('the call beside', async () => (await host.describe('never')).running === 1);
      expect((await host.get('/api/crash')).status).toBe(500);
      expect((await beside).status).toBe(500);
      const failed = host.lines.filter(({ message: text }) => text.includes('(Failed)'));
      expect(failed.map(({ error }) => error)).toEqual([message, message]);
      const after = await (await host.get('/api/hello')).text();
      expect(Number(after)).not.toBe(before);
      expect(host.fatal).toBe(0);
    },
  })),
  {
    name: 'What the stray exception was is in the log before the worker ends',
    fidelity: 'like Azure',
    async run(stage) {
      const code = `app.http('crash', { handler: () => { setTimeout(() => { throw new Error('stray'); }); } });`;
      const host = await stage.host({ code });
      await host.get('/api/crash');
      const line = await host.line('Worker uncaught exception');
      expect(line).toMatchObject({ level: 'error', category: 'Worker' });
      expect(line.message).toContain('Error: stray');
    },
  },
  {
    name: 'The third end of the worker recycles the whole host',
    fidelity: 'like Azure',
    async run(stage) {
      const host = await stage.host({ code: `app.http('crash', { handler: () => process.exit(1) });` });
      for (let n = 0; n < 3; n++) expect((await host.get('/api/crash')).status).toBe(500);
      expect(host.fatal).toBe(1);
      expect(host.messages()).toContain(
        'Exceeded language worker restart retry count for runtime:node. Shutting down and proactively recycling the ' +
          'Functions Host to recover',
      );
    },
  },
  {
    name: 'A batch whose worker ended is given up without a retry policy: the checkpoint moves past it',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const code = `app.eventHub('events', { ${hub.trigger}, handler: (events, context) => {
        context.log(JSON.stringify(events));
        if (events.includes('poison')) process.exit(1);
      } });`;
      const host = await stage.host({ code }, hub.settings);
      await hub.send(['poison']);
      await hub.checkpointAt(0);
      await hub.send(['next']);
      await hub.checkpointAt(1);
      expect(host.logged('events')).toEqual(['["poison"]', '["next"]']);
    },
  },
  {
    name: 'With a retry policy the batch whose worker ended is called again in the next worker',
    fidelity: 'like Azure',
    async run(stage) {
      const hub = await stage.hub();
      const code = `app.eventHub('events', { ${hub.trigger},
        retry: { strategy: 'fixedDelay', maxRetryCount: 3, delayInterval: { seconds: 1 } },
        handler: (events, context) => {
          const { retryCount, exception } = context.retryContext;
          context.log(JSON.stringify([retryCount, exception?.message]));
          if (retryCount === 0) return new Promise(() => process.exit(1));
        } });`;
      const host = await stage.host({ code }, hub.settings);
      await hub.send(['once']);
      await hub.checkpointAt(0);
      expect(host.logged('events')).toEqual(['[0,null]', '[1,"node exited with code 1 (0x1)"]']);
    },
  },
  {
    name: 'A call beyond functionTimeout fails with 500, and its worker is ended when it goes on',
    fidelity: 'like Azure',
    async run(stage) {
      const loop = `app.http('loop', { handler: () => { for (;;); } });`;
      const host = await stage.host({ code: HELLO + loop, hostJson: { functionTimeout: '00:00:01' } });
      const before = host.workerPid;
      const answer = host.get('/api/loop');
      // The host answers while the app is busy for ever.
      await waitFor('the loop', async () => (await host.describe('loop')).running === 1);
      expect((await host.get('/admin/host/status')).status).toBe(200);
      expect((await answer).status).toBe(500);
      const { error } = await host.line("Executed 'Functions.loop' (Failed)");
      expect(error).toMatch(
        /^Timeout value of 00:00:01 exceeded by function 'Functions\.loop' \(Id: '[0-9a-f-]{36}'\)\. Initiating cancellation\.$/,
      );
      await host.line('Restarting worker process executing invocationId');
      expect(Number(await (await host.get('/api/hello')).text())).not.toBe(before);
    },
  },
  {
    name: 'A call that ends by itself soon after its timeout keeps its worker',
    fidelity: 'like Azure',
    async run(stage) {
      const slow = `app.http('slow', { handler: () => new Promise((done) => setTimeout(done, 1050)) });`;
      const host = await stage.host(
        { code: HELLO + slow, hostJson: { functionTimeout: '00:00:01' } },
        {},
        { timeScale: 0.1 },
      );
      const before = host.workerPid;
      expect((await host.get('/api/slow')).status).toBe(500);
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(host.workerPid).toBe(before);
      expect(host.messages().join('\n')).not.toContain('Restarting worker process');
    },
  },
  {
    name: 'context.log and its levels are logged as Function.<name>.User with the invocation id, above the level of host.json',
    fidelity: 'like Azure',
    async run(stage) {
      const code = `const handler = (request, context) => {
        context.trace('t'); context.debug('d'); context.log('l'); context.info('i'); context.warn('w'); context.error('%s!', 'e');
        return { body: context.invocationId };
      };
      app.http('all', { handler }); app.http('few', { handler });`;
      const logLevel = { default: 'Information', 'Function.all': 'Trace', 'Function.few.User': 'Error' };
      const host = await stage.host({ code, hostJson: { logging: { logLevel } } });
      const id = await (await host.get('/api/all')).text();
      await host.get('/api/few');
      const lines = host.lines.filter(({ category }) => category === 'Function.all.User');
      expect(lines.map(({ level, message }) => [level, message])).toEqual([
        ['trace', 't'],
        ['debug', 'd'],
        ['information', 'l'],
        ['information', 'i'],
        ['warning', 'w'],
        ['error', 'e!'],
      ]);
      expect(new Set(lines.map(({ invocationId }) => invocationId))).toEqual(new Set([id]));
      expect(host.logged('few')).toEqual(['e!']);
    },
  },
];
