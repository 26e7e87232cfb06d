import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { freePort } from './ports.ts';
import { webAppProcess } from './webApp.ts';

const PATIENCE = { timeout: 15_000, interval: 20 };

/** Answers `/health` with the status in the file `status`, counts the checks, and prints its environment elsewhere. */
const APP = `
  import { createServer } from 'node:http';
  import { readFileSync } from 'node:fs';
  let checks = 0;
  createServer((request, response) => {
    if (request.url === '/checks') return response.end(String(checks));
    if (request.url !== '/health') return response.end(JSON.stringify({ pid: process.pid, cwd: process.cwd(), env: process.env }));
    checks += 1;
    const statuses = readFileSync('status', 'utf8').split(' ');
    response.writeHead(Number(statuses[Math.min(checks, statuses.length) - 1])).end();
  }).listen(Number(process.env.PORT), '127.0.0.1');
`;

let folder: string;
let port: number;
let app: ManagedProcess | undefined;
const events: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-webapp-'));
  port = await freePort();
  events.length = 0;
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true });
});

const setStatus = (status: string) => writeFileSync(join(folder, 'status'), status);

function makeApp(source = APP): ManagedProcess {
  writeFileSync(join(folder, 'main.mjs'), source);
  app = webAppProcess({
    name: 'shop',
    main: join(folder, 'main.mjs'),
    port,
    healthCheckPath: '/health',
    environment: { PORT: String(port), GREETING: 'hello' },
    logDir: join(folder, 'logs'),
    checkMs: 20,
    onEvent: (event) => events.push(event),
  });
  return app;
}

async function ask(path = '/'): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).text();
}

describe('webAppProcess', () => {
  it('runs the package in its own folder, with its app settings as the whole environment', async () => {
    setStatus('200');
    await makeApp().start();
    const { cwd, env } = JSON.parse(await ask()) as { cwd: string; env: Record<string, string> };
    expect(cwd).toBe(folder);
    expect(env).toEqual({ PORT: String(port), GREETING: 'hello' });
  });

  it('is in use once its health check answers with success', async () => {
    setStatus('503');
    let started = false;
    const start = makeApp()
      .start()
      .then(() => (started = true));
    await vi.waitFor(async () => expect(Number(await ask('/checks'))).toBeGreaterThan(3), PATIENCE);
    expect(started).toBe(false);
    setStatus('204');
    await start;
  });

  it('is started again at its port when it ends by itself', async () => {
    setStatus('200');
    const shop = makeApp();
    await shop.start();
    const first = shop.pid;
    shop.kill('SIGKILL');
    await vi.waitFor(() => expect(events.at(-1)).toBe('shop is running again'), PATIENCE);
    expect(events).toEqual(['shop ended with SIGKILL; starting it again', 'shop is running again']);
    const { pid } = JSON.parse(await ask()) as { pid: number };
    expect(pid).toBe(shop.pid);
    expect(pid).not.toBe(first);
  });

  it('is started again when it stays unhealthy', async () => {
    setStatus('200');
    const shop = makeApp();
    await shop.start();
    const first = shop.pid;
    setStatus('500');
    await vi.waitFor(() => expect(events).toHaveLength(2), PATIENCE);
    setStatus('200');
    await vi.waitFor(() => expect(events.at(-1)).toBe('shop is running again'), PATIENCE);
    expect(events.slice(0, 2)).toEqual([
      'shop failed its health check 6 times',
      'shop ended with SIGKILL; starting it again',
    ]);
    expect(shop.pid).not.toBe(first);
  });

  it('is left alone while no six checks in a row fail', async () => {
    setStatus('200 503 503 503 503 503 200 503 503 503 503 503 200');
    const shop = makeApp();
    await shop.start();
    await vi.waitFor(async () => expect(Number(await ask('/checks'))).toBeGreaterThan(20), PATIENCE);
    expect(events).toEqual([]);
    expect(shop.restarts).toBe(0);
  });

  it('is not checked any more once it has been stopped', async () => {
    setStatus('200');
    await makeApp().start();
    await app?.stop();
    const requests = await countRequests(async (count) => {
      await sleep(200);
      return count();
    });
    expect(requests).toBe(0);
    expect(events).toEqual([]);
  });

  it('says what the log says when it ends while starting, and asks nobody for its health any more', async () => {
    const requests = await countRequests(async (count) => {
      const start = makeApp("console.error('EADDRINUSE or the like'); process.exit(2);").start();
      await expect(start).rejects.toThrow('shop ended with code 2 while starting:\nEADDRINUSE or the like');
      // One check may be under way.
      await sleep(100);
      const before = count();
      await sleep(300);
      return count() - before;
    });
    expect(requests).toBe(0);
    expect(readFileSync(join(folder, 'logs/shop.log'), 'utf8')).toBe('EADDRINUSE or the like\n');
  });
});

/** Listens at the port of the app, with 503 for every request, while `during` runs. */
async function countRequests(during: (count: () => number) => Promise<number>): Promise<number> {
  let requests = 0;
  const server: Server = createServer((_, response) => {
    requests += 1;
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    return await during(() => requests);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
