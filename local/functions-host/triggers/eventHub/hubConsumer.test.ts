import { describe, expect, it } from 'vitest';
import { parseHostJson } from '../../settings/hostJson.ts';
import { clientOptions } from './hubConsumer.ts';

function retryOptions(clientRetryOptions: object) {
  const { eventHubs } = parseHostJson({ version: '2.0', extensions: { eventHubs: { clientRetryOptions } } });
  return clientOptions('host', eventHubs).retryOptions ?? {};
}

describe('clientOptions', () => {
  it('takes the retries of host.json', () => {
    expect(retryOptions({ maximumRetries: 7, delay: '00:00:02' })).toMatchObject({
      maxRetries: 7,
      retryDelayInMs: 2_000,
    });
  });

  it('bounds a try: one that waits on a broken connection keeps every partition from being taken', () => {
    expect(retryOptions({}).timeoutInMs).toBe(5_000);
    expect(retryOptions({ tryTimeout: '00:01:00' }).timeoutInMs).toBe(5_000);
    expect(retryOptions({ tryTimeout: '00:00:01' }).timeoutInMs).toBe(1_000);
  });

  it('bounds the pause between two looks at ownerships, which is that after a failure as well', () => {
    const interval = (eventHubs: object) => {
      const parsed = parseHostJson({ version: '2.0', extensions: { eventHubs } }).eventHubs;
      return clientOptions('host', parsed).loadBalancingOptions?.updateIntervalInMs;
    };
    expect(interval({})).toBe(10_000);
    expect(interval({ loadBalancingUpdateInterval: '00:00:02' })).toBe(2_000);
  });
});
