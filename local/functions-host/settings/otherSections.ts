import type { Section } from './section.ts';

/** Extensions that bundles carry and that no function of this host can use: their bindings are refused. */
const OTHER_EXTENSIONS = ['blobs', 'queues', 'serviceBus', 'durableTask', 'sendGrid', 'signalR', 'kafka', 'rabbitMQ'];
const TELEMETRY = [
  'samplingSettings',
  'samplingExcludedTypes',
  'samplingIncludedTypes',
  'httpAutoCollectionOptions',
  'snapshotConfiguration',
  'enableLiveMetrics',
  'enableLiveMetricsFilters',
  'enableDependencyTracking',
  'enablePerformanceCountersCollection',
  'dependencyTrackingOptions',
  'logLevel',
];

/**
 * Checks what has no effect on this machine: telemetry, health of the plan's instances, watching of files, the features
 * of other languages. Types are checked as the real host binds them; values are left to it.
 */
export function acceptWithoutEffect({
  root,
  extensions,
  logging,
}: Record<'root' | 'extensions' | 'logging', Section>): void {
  extensions.accept(...OTHER_EXTENSIONS);
  root.accept('managedDependency', 'customHandler', 'httpWorker', '$schema');
  root.texts('watchDirectories');
  root.texts('watchFiles');
  root.oneOf('telemetryMode', ['ApplicationInsights', 'OpenTelemetry'], 'ApplicationInsights', 'TelemetryMode');
  root.boolean('sendCanceledInvocationsToWorker', true);

  logging.oneOf('fileLoggingMode', ['never', 'always', 'debugOnly'], 'debugOnly', 'FileLoggingMode');
  logging.section('console').boolean('isEnabled', false);
  logging.section('applicationInsights').accept(...TELEMETRY);

  const aggregator = root.section('aggregator');
  aggregator.integer('batchSize', 1000);
  aggregator.timeSpan('flushTimeout', 30_000);

  const health = root.section('healthMonitor');
  health.boolean('enabled', true);
  health.timeSpan('healthCheckInterval', 10_000);
  health.timeSpan('healthCheckWindow', 120_000);
  health.integer('healthCheckThreshold', 6);
  health.number('counterThreshold', 0.8);

  // Dynamic concurrency steers the triggers of Blob, Queue and Service Bus alone.
  const concurrency = root.section('concurrency');
  concurrency.boolean('dynamicConcurrencyEnabled', false);
  concurrency.boolean('snapshotPersistenceEnabled', true);
  concurrency.integer('maximumFunctionConcurrency', 500);
  concurrency.integer('totalAvailableMemoryBytes', -1);
  concurrency.number('cpuThreshold', 0.8);
}
