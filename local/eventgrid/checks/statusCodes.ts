import { expect } from 'vitest';
import type { Check } from './check.ts';
import { setUp, type Respond } from './subscribed.ts';

/** A check of one status: given up after one attempt, or retried after at least so many seconds. */
function statusCheck(
  status: number,
  type: 'WebHook' | 'AzureFunction',
  expected: { retriedAfterSeconds: number } | 'given up',
): Check {
  const endpoint = type === 'WebHook' ? 'a webhook' : 'a function';
  const isFinal = expected === 'given up';
  return {
    name: isFinal
      ? `an event that ${endpoint} answers with ${status} is never sent again`
      : `an event that ${endpoint} answers with ${status} is sent again after at least ${expected.retriedAfterSeconds} s`,
    async run(stage) {
      const answer: Respond = (_request, count) => ({ status: count === 1 ? status : 200 });
      const { topic, hook } = await setUp(stage, answer, {}, type);
      await topic.publish('1');
      if (isFinal) {
        await topic.settled({ dropped: 1, pending: 0 });
        expect(hook.notifications()).toHaveLength(1);
        return;
      }
      const seconds = await topic.passToNextAttempt();
      expect(seconds).toBeGreaterThanOrEqual(expected.retriedAfterSeconds);
      expect(seconds).toBeLessThanOrEqual(expected.retriedAfterSeconds * 1.1);
      await topic.settled({ delivered: 1 });
    },
  };
}

const NEVER_AGAIN = [
  ...([400, 401, 403, 413] as const).map((status) => statusCheck(status, 'WebHook', 'given up')),
  ...([400, 403, 413] as const).map((status) => statusCheck(status, 'AzureFunction', 'given up')),
];
const AGAIN = [
  statusCheck(401, 'AzureFunction', { retriedAfterSeconds: 300 }),
  statusCheck(404, 'AzureFunction', { retriedAfterSeconds: 300 }),
  statusCheck(404, 'WebHook', { retriedAfterSeconds: 10 }),
  statusCheck(408, 'WebHook', { retriedAfterSeconds: 120 }),
  statusCheck(503, 'WebHook', { retriedAfterSeconds: 30 }),
  ...[205, 302, 409, 429, 500].map((status) => statusCheck(status, 'WebHook', { retriedAfterSeconds: 10 })),
];

export const statusCodeChecks: Check[] = [
  ...NEVER_AGAIN,
  ...AGAIN,
  {
    name: 'only the answers 200 to 204 count as delivered, and a redirect is not followed',
    async run(stage) {
      const answers = [200, 201, 202, 203, 204, 206, 302];
      const elsewhere = await stage.hook();
      const { topic, hook } = await setUp(stage, ({ body }) => ({
        status: answers[Number((body as { id: string }).id)]!,
        headers: { location: elsewhere.url },
      }));
      await topic.publish(...answers.map((_status, index) => String(index)));
      await topic.settled({ delivered: 5, retrying: 2 });
      expect(hook.notifications()).toHaveLength(7);
      expect(elsewhere.requests).toEqual([]);
    },
  },
];
