import { atLeast, type Section } from './section.ts';

/** `extensions.eventHubs` (extension 6). Times in ms. */
export interface EventHubsOptions {
  maxEventBatchSize: number;
  /** Events to wait for before an invocation, at most `maxWaitTimeMs` long. */
  minEventBatchSize: number;
  maxWaitTimeMs: number;
  prefetchCount: number;
  /** Batches per checkpoint. */
  batchCheckpointFrequency: number;
  initialOffset: { from: 'start' | 'end' } | { from: Date };
  loadBalancingUpdateIntervalMs: number;
  partitionOwnershipExpirationIntervalMs: number;
  transportType: 'amqpTcp' | 'amqpWebSockets';
  /** Where connections go instead of the namespace itself. */
  customEndpointAddress?: string;
  trackLastEnqueuedEventProperties: boolean;
  clientRetry: ClientRetryOptions;
}

/** How the client repeats its operations on the hub; the function's own retry policy is another matter. */
export interface ClientRetryOptions {
  mode: 'fixed' | 'exponential';
  tryTimeoutMs: number;
  delayMs: number;
  maximumDelayMs: number;
  maximumRetries: number;
}

const TEN_MINUTES_MS = 600_000;

/**
 * Reads the section, with the names of earlier versions (`eventProcessorOptions`, `partitionManagerOptions`) as the
 * extension does. Two intervals are shorter by default than on Azure (30 s and 2 min), for quick drills.
 */
export function eventHubsOptions(section: Section): EventHubsOptions {
  const old = section.section('eventProcessorOptions');
  const oldLeases = section.section('partitionManagerOptions');
  const batchSize = atLeast(1, 'Batch size must be larger than 0.');
  const notNegative = atLeast(0, 'Value is less than the minimum allowed.');
  const maxEventBatchSize = section.integer(
    'maxEventBatchSize',
    old.integer('maxBatchSize', 100, batchSize),
    batchSize,
  );
  const smallest = atLeast(1, 'Batch size must be larger than or equal to 1.');
  const minEventBatchSize = section.integer('minEventBatchSize', 1, smallest);
  if (minEventBatchSize > maxEventBatchSize) {
    const message = 'The minimum event batch size cannot be larger than the maximum event batch size.';
    throw section.fault('minEventBatchSize', message, `at most maxEventBatchSize, ${maxEventBatchSize}`);
  }
  // Only the platform's scaling reads it; here the number of instances is given.
  section.integer(
    'targetUnprocessedEventThreshold',
    undefined,
    atLeast(1, 'Unprocessed Event Threshold must be larger than 0.'),
  );
  section.integer('prefetchSizeInBytes', undefined, notNegative);
  refuseProxy(section);
  return {
    maxEventBatchSize,
    minEventBatchSize,
    maxWaitTimeMs: maxWaitTime(section),
    prefetchCount: section.integer('prefetchCount', old.integer('prefetchCount', 300, notNegative), notNegative),
    batchCheckpointFrequency: section.integer(
      'batchCheckpointFrequency',
      1,
      atLeast(1, 'Batch checkpoint frequency must be larger than 0.'),
    ),
    initialOffset: initialOffset(section.section('initialOffsetOptions')),
    loadBalancingUpdateIntervalMs: section.timeSpan(
      'loadBalancingUpdateInterval',
      oldLeases.timeSpan('renewInterval', 10_000),
      notNegative,
    ),
    partitionOwnershipExpirationIntervalMs: section.timeSpan(
      'partitionOwnershipExpirationInterval',
      oldLeases.timeSpan('leaseDuration', 60_000),
      notNegative,
    ),
    transportType: section.oneOf(
      'transportType',
      ['amqpTcp', 'amqpWebSockets'],
      'amqpTcp',
      'Azure.Messaging.EventHubs.EventHubsTransportType',
    ),
    customEndpointAddress: section.address('customEndpointAddress'),
    trackLastEnqueuedEventProperties: section.boolean(
      'trackLastEnqueuedEventProperties',
      old.boolean('enableReceiverRuntimeMetric', false),
    ),
    clientRetry: clientRetryOptions(section.section('clientRetryOptions')),
  };
}

function maxWaitTime(section: Section): number {
  const allowed = 'a time span from "00:00:00" to "00:10:00"';
  const ms = section.timeSpan('maxWaitTime', 60_000);
  if (ms < 0) throw section.fault('maxWaitTime', 'Max Wait Time must be larger than or equal to 0.', allowed);
  if (ms > TEN_MINUTES_MS) {
    throw section.fault('maxWaitTime', 'Max Wait Time must be less than or equal to 10 minutes.', allowed);
  }
  return ms;
}

function initialOffset(section: Section): EventHubsOptions['initialOffset'] {
  const kinds = ['fromStart', 'fromEnd', 'fromEnqueuedTime'] as const;
  const type = section.oneOf('type', kinds, 'fromStart', 'Microsoft.Azure.WebJobs.EventHubs.OffsetType');
  const text = section.text('enqueuedTimeUtc', '');
  if (type === 'fromStart') return { from: 'start' };
  if (type === 'fromEnd') return { from: 'end' };
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d(?:T|$)/.test(text) || Number.isNaN(time.getTime())) {
    const message =
      "A time must be specified for 'enqueuedTimeUtc', when 'initialOffsetOptions.type' is set to 'fromEnqueuedTime'.";
    throw section.fault('enqueuedTimeUtc', message, 'an ISO 8601 time such as "2026-01-31T00:00:00Z"');
  }
  return { from: time };
}

function clientRetryOptions(section: Section): ClientRetryOptions {
  const between = (least: number, most: number, allowed: string) => ({
    holds: (value: number) => value >= least && value <= most,
    message: 'The value supplied is out of range.',
    allowed,
  });
  const span = 'a time span';
  return {
    mode: section.oneOf(
      'mode',
      ['fixed', 'exponential'],
      'exponential',
      'Azure.Messaging.EventHubs.EventHubsRetryMode',
    ),
    tryTimeoutMs: section.timeSpan('tryTimeout', 60_000, between(1, 3_600_000, `${span} up to an hour`)),
    delayMs: section.timeSpan('delay', 800, between(1, 300_000, `${span} of 1 ms to 5 minutes`)),
    maximumDelayMs: section.timeSpan('maximumDelay', 60_000, between(0, Infinity, `${span} that is not negative`)),
    maximumRetries: section.integer('maximumRetries', 3, between(0, 100, 'a whole number from 0 to 100')),
  };
}

/** A proxy would be asked for nothing here: everything is on this machine. */
function refuseProxy(section: Section): void {
  if (section.text('webProxy', '') === '') return;
  throw section.fault('webProxy', 'This host connects to this machine alone, without a proxy.', 'no webProxy');
}
