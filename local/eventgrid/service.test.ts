import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_KEY } from './testing/startService.ts';
import { TestGrid } from './testing/testGrid.ts';
import { startWebhook, type WebhookReceiver } from './testing/webhookReceiver.ts';

let grid: TestGrid;
let hook: WebhookReceiver;
beforeEach(async () => {
  [grid, hook] = await Promise.all([TestGrid.start(), startWebhook()]);
});
afterEach(async () => {
  await grid.end();
  await hook.close();
});

const destination = () => ({ type: 'WebHook' as const, url: hook.url });

describe('control methods of Event Grid', () => {
  it('name what is not there', async () => {
    const topic = await grid.topic();
    const put = grid.service.putSubscription({ topic: 'none', name: 'hook', destination: destination() });
    await expect(put).rejects.toThrow('there is no topic "none"; put it first.');
    const remove = grid.service.deleteSubscription({ topic: topic.name, name: 'none' });
    await expect(remove).rejects.toThrow(`topic "${topic.name}" has no subscription "none".`);
    await expect(grid.service.deleteTopic({ name: 'none' })).rejects.toThrow('there is no topic "none"');
  });

  it('refuse another input schema for a topic', async () => {
    const { name } = await grid.topic();
    const put = grid.service.putTopic({ name, inputSchema: 'EventGridSchema', key: TEST_KEY });
    await expect(put).rejects.toThrow(/the input schema cannot change from CloudEventSchemaV1_0 to EventGridSchema/);
  });

  it('delete a topic with its subscriptions', async () => {
    const topic = await grid.topic();
    await topic.subscribe({ destination: destination() });
    await grid.service.deleteTopic({ name: topic.name.toUpperCase() });
    expect(grid.service.describe().topics).toEqual([]);
    await expect(topic.publish('1')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('make changes one after the other: the last of many at once is in force, and events come once', async () => {
    const topic = await grid.topic();
    const names = Array.from({ length: 10 }, (_, number) => `type-${number}`);
    await Promise.all(
      names.map((type) => topic.put({ destination: destination(), filter: { includedEventTypes: [type] } })),
    );
    await topic.settled({ provisioningState: 'Succeeded' });
    await topic.publish(...names.map((type) => ({ id: type, type })));
    await topic.settled({ matched: 1, delivered: 1, pending: 0 });
    expect(hook.notifications().map(({ body }) => (body as { id: string }).id)).toEqual(['type-9']);
  });
});
