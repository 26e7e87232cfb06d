import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceProcess } from './serviceProcess.ts';

const entry = join(import.meta.dirname, 'testing/echoService.ts');
let folder: string;
let service: ServiceProcess;
const events: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-service-'));
  events.length = 0;
  service = new ServiceProcess({
    name: 'echo',
    entry,
    dataDir: join(folder, 'data'),
    logDir: join(folder, 'logs'),
    options: { colour: 'green' },
    onEvent: (event) => events.push(event),
  });
  await service.start();
});

afterEach(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ESRCH');
    return false;
  }
};

describe('ServiceProcess', () => {
  it('hands the options over and calls control methods', async () => {
    expect(await service.call('options')).toEqual({ colour: 'green' });
    expect(await service.call('pid')).toBe(service.process.pid);
  });

  it('passes a refusal on as its text, a fault with its stack, an unknown method by name', async () => {
    await expect(service.call('refuse')).rejects.toThrow('echo: this cannot be had');
    await expect(service.call('fail')).rejects.toThrow(/echo: Error: a fault\n {4}at /);
    await expect(service.call('nothing')).rejects.toThrow('echo: unknown control method "nothing"');
  });

  it('starts a killed service again at the same address', async () => {
    const { ports } = service;
    const pid = service.process.pid;
    service.process.kill('SIGKILL');
    await vi.waitFor(
      () => expect(events).toEqual(['echo ended with SIGKILL; starting it again', 'echo is running again']),
      {
        timeout: 10_000,
      },
    );
    expect(service.ports).toEqual(ports);
    expect(service.process.restarts).toBe(1);
    expect(service.process.pid).not.toBe(pid);
    expect(await (await fetch(`http://127.0.0.1:${ports.http}`)).text()).toBe(String(service.process.pid));
  });

  it('writes what the service prints to its log and stops it without starting it again', async () => {
    const pid = service.process.pid ?? 0;
    await service.stop();
    expect(isAlive(pid)).toBe(false);
    expect(events).toEqual([]);
    expect(readFileSync(join(folder, 'logs/echo.log'), 'utf8')).toContain('a line that is no ready line');
  });

  it('says what the log says when a service cannot start', async () => {
    const broken = join(folder, 'broken.ts');
    writeFileSync(broken, "console.error('no such luck'); process.exit(3);");
    const failing = new ServiceProcess({ name: 'broken', entry: broken, dataDir: folder, logDir: folder, options: {} });
    await expect(failing.start()).rejects.toThrow(/^broken ended with code 3 while starting:\nno such luck$/);
  });

  it('says in one line what whoever started the service has to mend, and shows the stack of a fault', async () => {
    const host = JSON.stringify(join(import.meta.dirname, 'serviceHost.ts'));
    const startOf = async (name: string, thrown: string) => {
      const file = join(folder, `${name}.ts`);
      writeFileSync(
        file,
        `import { ControlError, hostService } from ${host};\nawait hostService(async () => { throw ${thrown}; });`,
      );
      const failing = new ServiceProcess({ name, entry: file, dataDir: folder, logDir: folder, options: {} });
      return failing.start().catch((error: Error) => error.message);
    };
    expect(await startOf('refused', "new ControlError('the option x is missing')")).toBe(
      'refused ended with code 1 while starting:\nthe option x is missing',
    );
    expect(await startOf('faulty', "new Error('a fault')")).toMatch(/Error: a fault\n {4}at /);
    // What an earlier start left in the log is not part of it.
    expect(await startOf('faulty', "new ControlError('another')")).toBe(
      'faulty ended with code 1 while starting:\nanother',
    );
  });

  it('ends with its owner, even when the owner is killed', async () => {
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', ownerScript(folder)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(String(await new Promise<Buffer>((resolve) => owner.stdout.once('data', resolve))));
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });

  it('refuses to run alone', async () => {
    const run = promisify(execFile)(process.execPath, [entry], { env: { PATH: process.env.PATH } });
    await expect(run).rejects.toThrow(/ATTUNE_SERVICE is not set: local services are started by `npm start`/);
  });
});

function ownerScript(dir: string): string {
  const module = JSON.stringify(join(import.meta.dirname, 'serviceProcess.ts'));
  const options = JSON.stringify({ name: 'owned', entry, dataDir: dir, logDir: dir, options: {} });
  return `import { ServiceProcess } from ${module};
    const service = new ServiceProcess(${options});
    await service.start();
    console.log(service.process.pid);`;
}
