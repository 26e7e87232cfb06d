import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManagedProcess } from '../process/managedProcess.ts';
import { LocalCloud, type LocalCloudOptions } from './localCloud.ts';
import { freePort } from './ports.ts';

const ECHO = new URL('../process/testing/echoService.ts', import.meta.url);
const PATIENCE = { timeout: 15_000, interval: 20 };

let folder: string;
let holder: Server;
let taken: number;
const events: string[] = [];
const started: LocalCloud[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-cloud-'));
  holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  taken = (holder.address() as AddressInfo).port;
  events.length = 0;
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((cloud) => cloud.stop()));
  await new Promise((resolve) => holder.close(resolve));
  rmSync(folder, { recursive: true });
});

function makeCloud(options: Partial<LocalCloudOptions> = {}): LocalCloud {
  const cloud = new LocalCloud({
    dataDir: folder,
    projectDir: folder,
    onEvent: (event) => events.push(event),
    ...options,
  });
  started.push(cloud);
  return cloud;
}

const echo = (preferred: number, options = {}) => ({ entry: ECHO, ports: { http: preferred }, options });
const pidAt = async (port: number) => Number(await (await fetch(`http://127.0.0.1:${port}`)).text());

describe('ports of the local cloud', () => {
  it('are the preferred ones where they are free, else others', async () => {
    const cloud = makeCloud();
    const free = await freePort();
    expect(await cloud.port('a', free)).toBe(free);
    expect(await cloud.port('b', taken)).not.toBe(taken);
  });

  it('stay the same over restarts, until somebody else takes one', async () => {
    const preferred = await freePort();
    const start = async (wanted: number) => {
      const cloud = makeCloud();
      const port = await cloud.port('a', wanted);
      await cloud.stop();
      return port;
    };
    const first = await start(taken);
    expect(await start(preferred)).toBe(first);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(first, '127.0.0.1', resolve));
    try {
      expect(await start(preferred)).toBe(preferred);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('are never given to two services, even if nobody listens there yet', async () => {
    const cloud = makeCloud();
    const preferred = await freePort();
    const names = Array.from({ length: 20 }, (_, index) => `service${index}`);
    const ports = await Promise.all(names.map((name) => cloud.port(name, preferred)));
    expect(new Set(ports).size).toBe(names.length);
    expect(ports).toContain(preferred);
  });

  it('are an error when the user asked for one that is taken', async () => {
    const cloud = makeCloud({ fixedPorts: { api: taken } });
    await expect(cloud.port('api', await freePort())).rejects.toThrow(
      `port ${taken} for "api" is in use: stop what listens there or choose another port.`,
    );
    expect(await cloud.port('other', taken)).not.toBe(taken);
  });

  it('are an error when the user asked for one that another service was given', async () => {
    const wanted = await freePort();
    const cloud = makeCloud({ fixedPorts: { api: wanted } });
    expect(await cloud.port('cosmos', wanted)).toBe(wanted);
    await expect(cloud.port('api', wanted)).rejects.toThrow(`port ${wanted} for "api" is in use`);
  });
});

describe('services of the local cloud', () => {
  it('are started at their ports with their options, and answer control calls once they are up', async () => {
    const cloud = makeCloud();
    const { http } = await cloud.startService('echo', echo(await freePort(), { colour: 'green' }));
    expect(cloud.hasService('echo')).toBe(true);
    expect(await cloud.control('echo', 'options', null)).toEqual({ colour: 'green' });
    expect(await pidAt(http)).toBe(cloud.processes.get('echo')?.pid);
  });

  it('keep data folder, port and keys over a restart of the cloud', async () => {
    const first = makeCloud();
    const ports = await first.startService('echo', echo(taken));
    const key = first.state.key('echo');
    await first.control('echo', 'pid', null);
    await first.stop();

    const second = makeCloud();
    expect(await second.startService('echo', echo(await freePort()))).toEqual(ports);
    expect(second.state.key('echo')).toBe(key);
    expect(await second.control('echo', 'pid', null)).toBe(await pidAt(ports.http));
  });

  it('are started again at the same address when they crash', async () => {
    const cloud = makeCloud();
    const { http } = await cloud.startService('echo', echo(await freePort()));
    const before = await cloud.control('echo', 'pid', null);
    cloud.processes.get('echo')?.kill('SIGKILL');
    await vi.waitFor(() => expect(events.at(-1)).toBe('echo is running again'), PATIENCE);
    const after = await cloud.control('echo', 'pid', null);
    expect(after).not.toBe(before);
    expect(await pidAt(http)).toBe(after);
  });

  it('cannot be started twice, nor called when nobody declared them', async () => {
    const cloud = makeCloud();
    await cloud.startService('echo', echo(await freePort()));
    await expect(cloud.startService('echo', echo(await freePort()))).rejects.toThrow('service echo was started twice');
    await expect(cloud.control('nobody', 'pid', null)).rejects.toThrow('service nobody is not declared by the program');
  });

  it('that cannot start say so to whoever waits for them', async () => {
    const cloud = makeCloud();
    await cloud.startService('broken', { ...echo(await freePort()), entry: new URL('./nothing.ts', import.meta.url) });
    await expect(cloud.control('broken', 'pid', null)).rejects.toThrow(/^broken ended with code 1 while starting:/);
    const start = cloud.startServiceAt('taken', taken, { entry: ECHO, options: {} });
    await expect(start).rejects.toThrow(/^taken ended with code 1 while starting:[^]*EADDRINUSE/);
  });

  it('are stopped after those that call them: apps, hosts of code, Event Grid, all others', async () => {
    const cloud = makeCloud();
    const journal = join(folder, 'journal');
    for (const name of ['cosmos', 'some-new-service', 'eventgrid', 'workflows']) {
      await cloud.startService(name, echo(await freePort(), { journal, name }));
    }
    const app = new ManagedProcess({
      name: 'api',
      command: process.execPath,
      args: [
        '-e',
        `console.log(1); process.on('SIGTERM', () => { fs.appendFileSync('journal', 'api\\n'); process.exit() }); setInterval(() => {}, 1e6)`,
      ],
      env: {},
      cwd: folder,
      logFile: join(folder, 'logs/api.log'),
      ready: (child) => new Promise((resolve) => child.stdout?.once('data', () => resolve())),
    });
    await cloud.startApp(app);
    const names = [...cloud.processes.keys()];
    await Promise.all(names.filter((name) => name !== 'api').map((name) => cloud.control(name, 'pid', null)));
    await cloud.stop();
    const stopped = readFileSync(journal, 'utf8').trim().split('\n');
    expect(stopped.slice(0, 3)).toEqual(['api', 'workflows', 'eventgrid']);
    expect(stopped.slice(3).sort()).toEqual(['cosmos', 'some-new-service']);
    expect(events).toEqual([]);
  });
});
