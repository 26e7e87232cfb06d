import type { SubscriptionDefinition } from '../model.ts';
import type { TestTopic } from '../testing/testGrid.ts';
import type { Answer, ReceivedRequest, WebhookReceiver } from '../testing/webhookReceiver.ts';
import { to, type Stage } from './check.ts';

export type Respond = (request: ReceivedRequest, count: number) => Answer | Promise<Answer>;

export interface Setting {
  topic: TestTopic;
  hook: WebhookReceiver;
}

/** A topic with one subscription whose webhook (or function) answers as told. */
export async function setUp(
  stage: Stage,
  answer: Respond,
  definition: Partial<SubscriptionDefinition> = {},
  type: 'WebHook' | 'AzureFunction' = 'WebHook',
): Promise<Setting> {
  const hook = await stage.hook({ answer });
  const topic = await stage.topic();
  await topic.subscribe({ destination: to(hook, type), ...definition });
  return { topic, hook };
}
