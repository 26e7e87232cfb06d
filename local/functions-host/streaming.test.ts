import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHostProcess, type HostProcess } from './testing/hostProcess.ts';
import { waitFor } from './testing/waitFor.ts';

let folder: string;
let host: HostProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'streaming-'));
  const appDir = fileURLToPath(new URL('./testing/streaming', import.meta.url));
  host = await startHostProcess({ appDir, folder, settings: {} });
});

afterAll(async () => {
  await host.process.stop();
  rmSync(folder, { recursive: true });
});

describe('an app that streams http', () => {
  it('sends what the function has while it goes on', async () => {
    const response = await fetch(`${host.url}/countdown/3`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const chunks: string[] = [];
    for await (const chunk of response.body!) chunks.push(Buffer.from(chunk).toString());
    expect(chunks.join('')).toBe('data: 3\n\ndata: 2\n\ndata: 1\n\ndata: 0\n\n');
    expect(chunks.length).toBeGreaterThan(1);
  });

  it('gives the function the request', async () => {
    const response = await fetch(`${host.url}/shout`, { method: 'POST', body: 'hello' });
    expect([response.status, await response.text()]).toEqual([201, 'HELLO']);
  });

  it('answers 500 when the function throws', async () => {
    expect((await fetch(`${host.url}/thrower`)).status).toBe(500);
    expect((await fetch(`${host.url}/shout`, { method: 'POST', body: 'on' })).status).toBe(201);
  });

  it('answers 500 when a call takes longer than functionTimeout', async () => {
    expect((await fetch(`${host.url}/stuck`)).status).toBe(500);
    const line = "Timeout value of 00:00:01 exceeded by function 'Functions.stuck'";
    await waitFor('the line in the log', () => readFileSync(join(folder, 'functions.log'), 'utf8').includes(line));
    expect((await fetch(`${host.url}/shout`, { method: 'POST', body: 'back' })).status).toBe(201);
  });
});
