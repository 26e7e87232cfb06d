import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort, isFree } from '../cloud/ports.ts';
import { receiveMarketingCalls } from './webhookReceiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-webhook-'));
afterAll(() => rmSync(folder, { recursive: true }));

const post = (url: string, body: string) => fetch(url, { method: 'POST', body });

describe('receiveMarketingCalls', () => {
  it('writes each call as a line and knows no other address', async () => {
    const port = await freePort();
    const stop = await receiveMarketingCalls(`http://127.0.0.1:${port}/marketing`, folder);
    expect((await post(`http://127.0.0.1:${port}/marketing`, '{"a":1}')).status).toBe(204);
    expect((await post(`http://127.0.0.1:${port}/marketing`, '{\n"b":2}')).status).toBe(204);
    expect((await post(`http://127.0.0.1:${port}/other`, '{"c":3}')).status).toBe(404);
    await stop();
    expect(readFileSync(join(folder, 'logs/marketing.jsonl'), 'utf8')).toBe('{"a":1}\n{ "b":2}\n');
    expect(await isFree(port)).toBe(true);
  });

  it('leaves a webhook elsewhere, or one that somebody serves already, alone', async () => {
    const port = await freePort();
    const first = await receiveMarketingCalls(`http://127.0.0.1:${port}/marketing`, folder);
    const second = await receiveMarketingCalls(`http://127.0.0.1:${port}/marketing`, folder);
    await second();
    expect(await isFree(port)).toBe(false);
    await first();
    await (
      await receiveMarketingCalls('https://crm.example/hook', folder)
    )();
    await (
      await receiveMarketingCalls(undefined, folder)
    )();
  });
});
