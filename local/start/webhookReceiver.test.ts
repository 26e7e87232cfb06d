import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LocalCloud } from '../cloud/localCloud.ts';
import { freePort, isFree } from '../cloud/ports.ts';
import { receiveMarketingCalls } from './webhookReceiver.ts';

function makeCloud(): LocalCloud {
  const dataDir = mkdtempSync(join(tmpdir(), 'attune-webhook-'));
  const cloud = new LocalCloud({ dataDir, projectDir: dataDir });
  onTestFinished(async () => {
    await cloud.stop();
    rmSync(dataDir, { recursive: true });
  });
  return cloud;
}

const post = (url: string, body: string) => fetch(url, { method: 'POST', body });
const calls = (cloud: LocalCloud) => readFileSync(join(cloud.logDir, 'marketing.jsonl'), 'utf8');

describe('receiveMarketingCalls', () => {
  it('writes each call as a line and knows no other address', async () => {
    const cloud = makeCloud();
    const port = await freePort();
    const webhook = `http://127.0.0.1:${port}/marketing`;
    const stop = await receiveMarketingCalls(webhook, cloud);
    expect(cloud.localAddress(webhook)).toBe(webhook);
    expect((await post(webhook, '{"a":1}')).status).toBe(204);
    expect((await post(webhook, '{\n"b":2}')).status).toBe(204);
    expect((await post(`http://127.0.0.1:${port}/other`, '{"c":3}')).status).toBe(404);
    await stop();
    expect(calls(cloud)).toBe('{"a":1}\n{ "b":2}\n');
    expect(await isFree(port)).toBe(true);
  });

  it('takes an address of its own when another stack receives there', async () => {
    const [first, second] = [makeCloud(), makeCloud()];
    const webhook = `http://127.0.0.1:${await freePort()}/marketing`;
    const stops = [await receiveMarketingCalls(webhook, first), await receiveMarketingCalls(webhook, second)];
    await post(first.localAddress(webhook), 'first');
    await post(second.localAddress(webhook), 'second');
    await Promise.all(stops.map((stop) => stop()));
    expect([calls(first), calls(second)]).toEqual(['first\n', 'second\n']);
  });

  it('leaves a webhook elsewhere, and one that a program of the user serves, alone', async () => {
    const cloud = makeCloud();
    const port = await freePort();
    const other = createServer((_, response) => response.writeHead(418).end());
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    for (const webhook of [`http://127.0.0.1:${port}/hook`, 'https://crm.example/hook', undefined, '']) {
      await (
        await receiveMarketingCalls(webhook, cloud)
      )();
      if (webhook) expect(cloud.localAddress(webhook)).toBe(webhook);
    }
    expect((await post(`http://127.0.0.1:${port}/hook`, 'x')).status).toBe(418);
  });
});
