import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../testing/manualClock.ts';
import { until } from '../testing/testGrid.ts';
import { startWebhook, type WebhookReceiver } from '../testing/webhookReceiver.ts';
import { EndpointValidation } from './endpointValidation.ts';

let hook: WebhookReceiver;
beforeEach(async () => {
  hook = await startWebhook();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await hook.close();
});

function validation(onAgreed: () => Promise<void>): EndpointValidation {
  return new EndpointValidation({
    target: { url: hook.url, schema: 'CloudEventSchemaV1_0', topicId: '/t', subscription: 'hook' },
    timeoutMs: 5000,
    clock: new ManualClock(),
    validationUrl: (code) => `http://127.0.0.1/validate?id=${code}`,
    onAgreed,
  });
}

describe('EndpointValidation', () => {
  it('has failed when the consent could not be written down', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const tested = validation(() => Promise.reject(new Error('disk is full')));
    tested.start();
    await until(() => expect(tested).toMatchObject({ state: 'Failed', reason: expect.stringMatching(/disk is full/) }));
    expect(log).toHaveBeenCalledTimes(1);
    await tested.stop();
  });

  it('ends at once when it is stopped while a webhook is silent', async () => {
    await hook.close();
    const asked: (() => void)[] = [];
    hook = await startWebhook({ hold: (release) => asked.push(release) });
    const tested = validation(() => Promise.resolve());
    tested.start();
    await until(() => expect(asked).toHaveLength(1));
    await tested.stop();
    expect(tested.state).toBe('Creating');
    asked[0]!();
  });
});
