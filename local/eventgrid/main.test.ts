import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GridProcess } from './testing/gridProcess.ts';
import { TEST_KEY } from './testing/startService.ts';
import { until } from './testing/testGrid.ts';
import { startWebhook } from './testing/webhookReceiver.ts';

/** A process with ATTUNE_EVENT_GRID_DUPLICATES set, until the end of the test. */
function gridProcess(duplicates: string): GridProcess {
  const grid = new GridProcess({ ATTUNE_EVENT_GRID_DUPLICATES: duplicates });
  onTestFinished(() => grid.end());
  return grid;
}

describe('the process of Event Grid', () => {
  it('delivers events twice when its environment asks for it, until it is told otherwise', async () => {
    const grid = gridProcess('1:7');
    const hook = await startWebhook();
    onTestFinished(() => hook.close());
    await grid.service.start();
    await grid.service.call('putTopic', { name: 'orders', inputSchema: 'CloudEventSchemaV1_0', key: TEST_KEY });
    const destination = { type: 'WebHook', url: hook.url };
    await grid.service.call('putSubscription', { topic: 'orders', name: 'hook', destination });
    const { endpoint } = await grid.describe();
    const client = new EventGridPublisherClient(endpoint, 'CloudEvent', new AzureKeyCredential(TEST_KEY), {
      allowInsecureConnection: true,
    });
    const publish = async (id: string, delivered: number) => {
      await client.send([{ id, source: '/s', type: 't', data: {} }]);
      await until(async () => expect((await grid.describe()).subscriptions).toMatchObject([{ delivered, pending: 0 }]));
    };
    await publish('1', 1);
    await grid.service.call('setDuplicates', null);
    await publish('2', 2);
    expect(hook.notifications().map(({ body }) => (body as { id: string }).id)).toEqual(['1', '1', '2']);
  });

  it('says in one line what is wrong with its environment', async () => {
    const grid = gridProcess('often');
    await expect(grid.service.start()).rejects.toThrow(
      /duplicates: "often" is not understood; write SHARE or SHARE:SEED/,
    );
  });
});
