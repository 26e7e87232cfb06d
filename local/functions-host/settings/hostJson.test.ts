import { describe, expect, it } from 'vitest';
import { parseHostJson } from './hostJson.ts';

const eventHubs = (options: object) => ({ version: '2.0', extensions: { eventHubs: options } });

describe('parseHostJson', () => {
  it('has the defaults of the extensions', () => {
    expect(parseHostJson({ version: '2.0' })).toEqual({
      http: { routePrefix: 'api' },
      eventHubs: {
        maxEventBatchSize: 100,
        minEventBatchSize: 1,
        maxWaitTimeMs: 60_000,
        prefetchCount: 300,
        batchCheckpointFrequency: 1,
        initialOffset: { from: 'start' },
        loadBalancingUpdateIntervalMs: 10_000,
        partitionOwnershipExpirationIntervalMs: 60_000,
      },
      functionTimeoutMs: 30 * 60_000,
      logLevels: {},
    });
  });

  it('reads what is set', () => {
    const options = {
      maxEventBatchSize: 1000,
      minEventBatchSize: 10,
      maxWaitTime: '00:00:02.5',
      prefetchCount: 3000,
      batchCheckpointFrequency: 5,
      initialOffsetOptions: { type: 'fromEnqueuedTime', enqueuedTimeUtc: '2026-01-31T00:00:00Z' },
    };
    const content = { ...eventHubs(options), functionTimeout: '-1', logging: { logLevel: { Function: 'Warning' } } };
    expect(parseHostJson(content)).toMatchObject({
      eventHubs: {
        maxEventBatchSize: 1000,
        minEventBatchSize: 10,
        maxWaitTimeMs: 2500,
        prefetchCount: 3000,
        batchCheckpointFrequency: 5,
        initialOffset: { from: new Date('2026-01-31T00:00:00Z') },
      },
      functionTimeoutMs: undefined,
      logLevels: { Function: 'warning' },
    });
    expect(parseHostJson({ version: '2.0', functionTimeout: '1.02:03:04' }).functionTimeoutMs).toBe(93_784_000);
    expect(parseHostJson({ version: '2.0', extensions: { http: { routePrefix: '/v2/' } } }).http.routePrefix).toBe(
      'v2',
    );
  });

  it.each([
    [[], 'the file must be a JSON object'],
    [{}, 'version must be "2.0", not ""'],
    [{ version: '1.0' }, 'version must be "2.0", not "1.0"'],
    [{ version: '2.0', extensions: 3 }, 'extensions must be a JSON object'],
    [
      eventHubs({ maxEventBatchSize: '100' }),
      'extensions.eventHubs.maxEventBatchSize must be a whole number of at least 1, not "100"',
    ],
    [
      eventHubs({ prefetchCount: -1 }),
      'extensions.eventHubs.prefetchCount must be a whole number of at least 0, not -1',
    ],
    [
      eventHubs({ maxEventBatchSize: 5, minEventBatchSize: 6 }),
      'extensions.eventHubs.minEventBatchSize (6) must not exceed maxEventBatchSize (5)',
    ],
    [
      eventHubs({ maxWaitTime: '60' }),
      'extensions.eventHubs.maxWaitTime must be a time span such as "00:01:00", not "60"',
    ],
    [
      eventHubs({ initialOffsetOptions: { type: 'middle' } }),
      'extensions.eventHubs.initialOffsetOptions.type must be one of fromStart, fromEnd, fromEnqueuedTime, not "middle"',
    ],
    [
      eventHubs({ initialOffsetOptions: { type: 'fromEnqueuedTime' } }),
      'extensions.eventHubs.initialOffsetOptions.enqueuedTimeUtc must be an ISO 8601 time',
    ],
    [
      { version: '2.0', functionTimeout: 'soon' },
      'functionTimeout must be a time span such as "00:01:00" or "-1" for no limit, not "soon"',
    ],
    [
      { version: '2.0', logging: { logLevel: { default: 'Loud' } } },
      'logging.logLevel.default must be Trace, Debug, Information, Warning, Error, Critical or None, not "loud"',
    ],
  ])('refuses %j', (content, message) => {
    expect(() => parseHostJson(content)).toThrow(message);
  });
});
