import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseHostJson, readHostJson } from './hostJson.ts';

const eventHubs = (options: object) => ({ version: '2.0', extensions: { eventHubs: options } });
const http = (options: object) => ({ version: '2.0', extensions: { http: options } });
const DAYS = 24 * 3_600_000;

describe('parseHostJson', () => {
  it('has the defaults of the extensions', () => {
    expect(parseHostJson({ version: '2.0' })).toEqual({
      http: { routePrefix: 'api', maxOutstandingRequests: -1, maxConcurrentRequests: -1, customHeaders: {} },
      eventHubs: {
        maxEventBatchSize: 100,
        minEventBatchSize: 1,
        maxWaitTimeMs: 60_000,
        prefetchCount: 300,
        batchCheckpointFrequency: 1,
        initialOffset: { from: 'start' },
        loadBalancingUpdateIntervalMs: 10_000,
        partitionOwnershipExpirationIntervalMs: 60_000,
        transportType: 'amqpTcp',
        customEndpointAddress: undefined,
        trackLastEnqueuedEventProperties: false,
        clientRetry: {
          mode: 'exponential',
          tryTimeoutMs: 60_000,
          delayMs: 800,
          maximumDelayMs: 60_000,
          maximumRetries: 3,
        },
      },
      cosmosDB: { userAgentSuffix: undefined },
      singleton: { listenerLockPeriodMs: 60_000, listenerLockRecoveryPollingIntervalMs: 60_000 },
      functionTimeoutMs: 30 * 60_000,
      logLevels: {},
      functions: undefined,
      hasExtensionBundle: false,
      retry: undefined,
      unknown: [],
    });
  });

  it('reads what is set, numbers and booleans also as texts, names in any case', () => {
    const options = {
      MaxEventBatchSize: '1000',
      minEventBatchSize: 10,
      maxWaitTime: '00:00:02.5',
      prefetchCount: 3000,
      batchCheckpointFrequency: 5,
      initialOffsetOptions: { type: 'FromEnqueuedTime', enqueuedTimeUtc: '2026-01-31T00:00:00Z' },
      transportType: 'AmqpWebSockets',
      trackLastEnqueuedEventProperties: 'True',
      targetUnprocessedEventThreshold: 75,
      customEndpointAddress: 'sb://127.0.0.1:5671',
      clientRetryOptions: { mode: 'fixed', tryTimeout: '00:00:05', delay: '00:00:00.1', maximumRetries: 7 },
    };
    const content = {
      version: '2.0',
      Extensions: { EventHubs: options, cosmosDb: { userAgentSuffix: 'attune', connectionMode: 'gateway' } },
      functionTimeout: '-1',
      logging: { logLevel: { Function: 'Warning' } },
      functions: ['ingest'],
      extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
      singleton: { listenerLockPeriod: '00:00:15' },
      retry: { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: '00:00:03' },
    };
    expect(parseHostJson(content)).toMatchObject({
      eventHubs: {
        maxEventBatchSize: 1000,
        minEventBatchSize: 10,
        maxWaitTimeMs: 2500,
        prefetchCount: 3000,
        batchCheckpointFrequency: 5,
        initialOffset: { from: new Date('2026-01-31T00:00:00Z') },
        transportType: 'amqpWebSockets',
        trackLastEnqueuedEventProperties: true,
        customEndpointAddress: 'sb://127.0.0.1:5671',
        clientRetry: { mode: 'fixed', tryTimeoutMs: 5000, delayMs: 100, maximumDelayMs: 60_000, maximumRetries: 7 },
      },
      cosmosDB: { userAgentSuffix: 'attune' },
      functionTimeoutMs: undefined,
      logLevels: { Function: 'warning' },
      functions: ['ingest'],
      hasExtensionBundle: true,
      singleton: { listenerLockPeriodMs: 15_000 },
      retry: { retryStrategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 3 } },
      unknown: [],
    });
    expect(parseHostJson(http({ routePrefix: '/v2/' })).http.routePrefix).toBe('v2');
    expect(parseHostJson({ version: '2.0', functionTimeout: '1.00:00:00' }).functionTimeoutMs).toBe(DAYS);
  });

  it('takes the names that earlier extensions had, and prefers the present ones', () => {
    const old = {
      eventProcessorOptions: { maxBatchSize: 64, prefetchCount: 256 },
      partitionManagerOptions: { leaseDuration: '00:00:15', renewInterval: '00:00:05' },
    };
    expect(parseHostJson(eventHubs(old))).toMatchObject({
      eventHubs: {
        maxEventBatchSize: 64,
        prefetchCount: 256,
        partitionOwnershipExpirationIntervalMs: 15_000,
        loadBalancingUpdateIntervalMs: 5_000,
      },
      unknown: [],
    });
    expect(parseHostJson(eventHubs({ ...old, maxEventBatchSize: 10 })).eventHubs.maxEventBatchSize).toBe(10);
  });

  it('names what the real host does not know, and nothing else', () => {
    const content = {
      version: '2.0',
      Batch: 1,
      extensions: { eventHubs: { maxBatchSize: 5 }, queues: { batchSize: 4 } },
      aggregator: { batchSize: 1000, flushTimeout: '00:00:30' },
      healthMonitor: { enabled: true, healthCheckThreshold: 6, counterThreshold: 0.8 },
      logging: { applicationInsights: { samplingSettings: { isEnabled: true } }, fileLoggingMode: 'debugOnly' },
      concurrency: { dynamicConcurrencyEnabled: true, snapshotPersistenceEnabled: true },
      watchDirectories: ['Shared'],
    };
    expect(parseHostJson(content).unknown).toEqual(['Batch', 'extensions.eventHubs.maxBatchSize']);
  });

  it.each([
    [[], 'the file must be a JSON object'],
    [{}, "The host.json file is missing the required 'version' property."],
    [{ version: '1.0' }, "'1.0' is an invalid value for host.json 'version' property. We recommend you set the"],
    [{ version: '3.0' }, 'This does not correspond to the function runtime version, only to the schema version'],
    [{ version: '2.0', extensions: 3 }, 'extensions must be a JSON object'],
    [
      eventHubs({ maxEventBatchSize: 'many' }),
      "Failed to convert configuration value at 'AzureFunctionsJobHost:extensions:eventHubs:maxEventBatchSize' to type " +
        '\'System.Int32\'. (extensions.eventHubs.maxEventBatchSize is "many"; allowed: a whole number)',
    ],
    [
      eventHubs({ maxEventBatchSize: 0 }),
      'Batch size must be larger than 0. (extensions.eventHubs.maxEventBatchSize is 0; allowed: a whole number of at least 1)',
    ],
    [eventHubs({ minEventBatchSize: 0 }), 'Batch size must be larger than or equal to 1.'],
    [
      eventHubs({ prefetchCount: -1 }),
      '(extensions.eventHubs.prefetchCount is -1; allowed: a whole number of at least 0)',
    ],
    [eventHubs({ batchCheckpointFrequency: 0 }), 'Batch checkpoint frequency must be larger than 0.'],
    [eventHubs({ targetUnprocessedEventThreshold: 0 }), 'Unprocessed Event Threshold must be larger than 0.'],
    [
      eventHubs({ maxEventBatchSize: 5, minEventBatchSize: 6 }),
      'The minimum event batch size cannot be larger than the maximum event batch size.',
    ],
    [eventHubs({ maxWaitTime: '60' }), 'Max Wait Time must be less than or equal to 10 minutes.'],
    [eventHubs({ maxWaitTime: '-00:00:01' }), 'Max Wait Time must be larger than or equal to 0.'],
    [eventHubs({ maxWaitTime: 'soon' }), "maxWaitTime' to type 'System.TimeSpan'."],
    [eventHubs({ initialOffsetOptions: { type: 'middle' } }), 'allowed: one of fromStart, fromEnd, fromEnqueuedTime)'],
    [
      eventHubs({ initialOffsetOptions: { type: 'fromEnqueuedTime' } }),
      "A time must be specified for 'enqueuedTimeUtc', when 'initialOffsetOptions.type' is set to 'fromEnqueuedTime'.",
    ],
    [eventHubs({ clientRetryOptions: { maximumRetries: 101 } }), 'allowed: a whole number from 0 to 100'],
    [eventHubs({ webProxy: 'http://proxy' }), 'connects to this machine alone, without a proxy'],
    [eventHubs({ customEndpointAddress: 'nowhere' }), "to type 'System.Uri'."],
    [http({ maxOutstandingRequests: 0 }), 'allowed: a whole number of at least 1, or -1 for no bound'],
    [http({ dynamicThrottlesEnabled: 'perhaps' }), "to type 'System.Boolean'."],
    [http({ customHeaders: { 'a b': 'c' } }), 'extensions.http.customHeaders: "a b" is no name of an http header'],
    [{ version: '2.0', functionTimeout: 'soon' }, "'AzureFunctionsJobHost:functionTimeout' to type 'System.TimeSpan'."],
    [
      { version: '2.0', functionTimeout: '00:00:00' },
      'FunctionTimeout must be greater than 00:00:01 and less than 10675199.02:48:05.4775807. (functionTimeout is "00:00:00"',
    ],
    [{ version: '2.0', logging: { logLevel: { default: 'Loud' } } }, "Configuration value 'Loud' is not supported."],
    [{ version: '2.0', singleton: { listenerLockPeriod: '00:00:05' } }, 'allowed: a time span from "00:00:15"'],
    [{ version: '2.0', functions: 'ingest' }, 'functions is "ingest"; allowed: a list of texts'],
    [
      { version: '2.0', extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle' } },
      'The value of version property in extensionBundle section of host.json file is invalid or missing.',
    ],
    [
      { version: '2.0', extensionBundle: { version: '4.*' } },
      'The value of id property in extensionBundle section of host.json file is invalid or missing.',
    ],
    [{ version: '2.0', retry: { strategy: 'fixedDelay' } }, "retry: Value cannot be null. (Parameter 'MaxRetryCount')"],
    [
      { version: '2.0', retry: { strategy: 'fixedDelay', maxRetryCount: 1 } },
      "Value cannot be null. (Parameter 'DelayInterval')",
    ],
    [
      { version: '2.0', retry: { maxRetryCount: 1, minimumInterval: '00:01:00', maximumInterval: '00:00:01' } },
      'retry: minimumInterval (60 s) must not exceed maximumInterval (1 s)',
    ],
    [{ version: '2.0', healthMonitor: { counterThreshold: 'much' } }, "to type 'System.Double'."],
  ])('refuses %j', (content, message) => {
    expect(() => parseHostJson(content)).toThrow(message);
  });
});

describe('readHostJson', () => {
  function appWith(content: string): string {
    const appDir = mkdtempSync(join(tmpdir(), 'host-json-'));
    onTestFinished(() => rmSync(appDir, { recursive: true }));
    writeFileSync(join(appDir, 'host.json'), content);
    return appDir;
  }

  it('puts app settings over the file', () => {
    const appDir = appWith('{"version": "2.0", "extensions": {"eventHubs": {"prefetchCount": 5}}}');
    const settings = {
      AzureFunctionsJobHost__Extensions__EventHubs__PrefetchCount: '7',
      'AzureFunctionsJobHost__logging__logLevel__Function.ingest': 'Debug',
    };
    expect(readHostJson(appDir, settings)).toMatchObject({
      eventHubs: { prefetchCount: 7 },
      logLevels: { 'Function.ingest': 'debug' },
    });
    expect(readHostJson(appDir).eventHubs.prefetchCount).toBe(5);
  });

  it('names the file in what it says', () => {
    const broken = appWith('{"version": "2.0",}');
    expect(() => readHostJson(broken)).toThrow(`Unable to parse host configuration file '${broken}/host.json'.`);
    const old = appWith('{"version": "1"}');
    expect(() => readHostJson(old)).toThrow(
      `${old}/host.json: '1' is an invalid value for host.json 'version' property.`,
    );
    expect(() => readHostJson('/nowhere')).toThrow('The function app has no readable host.json');
  });
});
