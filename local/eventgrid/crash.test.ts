import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceProcess } from '../process/serviceProcess.ts';
import { TEST_KEY } from './testing/startService.ts';
import { startWebhook, type WebhookReceiver } from './testing/webhookReceiver.ts';

let folder: string;
let service: ServiceProcess;
let hook: WebhookReceiver;
let respond: () => number;
const restarts: string[] = [];

beforeEach(async () => {
  respond = () => 200;
  restarts.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'eventgrid-crash-'));
  hook = await startWebhook({ answer: () => ({ status: respond() }) });
  service = new ServiceProcess({
    name: 'eventgrid',
    entry: join(import.meta.dirname, 'main.ts'),
    dataDir: join(folder, 'data'),
    logDir: join(folder, 'logs'),
    options: { timeScale: 0.001 },
    onEvent: (event) => restarts.push(event),
  });
  await service.start();
  await service.call('putTopic', { name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
  const destination = { type: 'WebHook', url: hook.url };
  await service.call('putSubscription', { topic: 'orders', name: 'to-hook', destination });
});
afterEach(async () => {
  await service.stop();
  await hook.close();
  rmSync(folder, { recursive: true });
});

interface Description {
  topics: { endpoint: string; published: number; subscriptions: Record<string, unknown>[] }[];
}

describe('a killed Event Grid', () => {
  it('loses no accepted event and no delivery state', async () => {
    const { topics } = await service.call<Description>('describe');
    const client = new EventGridPublisherClient(topics[0]!.endpoint, 'CloudEvent', new AzureKeyCredential(TEST_KEY), {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
    respond = () => 503;
    const accepted: string[] = [];
    const publishing = Array.from({ length: 60 }, async (_, index) => {
      const ids = [`${index}a`, `${index}b`];
      await client.send(ids.map((id) => ({ id, source: '/s', type: 't', data: {} })));
      accepted.push(...ids);
      if (accepted.length === 60) service.process.kill('SIGKILL');
    });
    const results = await Promise.allSettled(publishing);
    expect(accepted.length).toBeGreaterThanOrEqual(60);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(accepted.length / 2);

    await vi.waitFor(() => expect(restarts).toHaveLength(2), { timeout: 15_000, interval: 20 });
    respond = () => 200;
    await vi.waitFor(
      async () => {
        const description = await service.call<Description>('describe');
        const { published, subscriptions } = description.topics[0]!;
        expect(published).toBeGreaterThanOrEqual(accepted.length);
        expect(subscriptions).toMatchObject([
          { provisioningState: 'Succeeded', matched: published, delivered: published, pending: 0 },
        ]);
      },
      { timeout: 15_000, interval: 50 },
    );
    const seen = new Set(hook.notifications().map(({ body }) => (body as { id: string }).id));
    expect(accepted.filter((id) => !seen.has(id))).toEqual([]);
  });
});
