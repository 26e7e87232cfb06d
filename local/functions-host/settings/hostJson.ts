import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel } from '../app/coreTypes.ts';
import { HostError } from '../hostError.ts';
import { isLogLevel } from '../log.ts';
import { Section } from './section.ts';

/** host.json of an app, with the defaults of the extensions filled in. Times in ms. */
export interface HostJson {
  http: { routePrefix: string };
  eventHubs: EventHubsOptions;
  /** Longest time of one invocation; undefined: no limit. */
  functionTimeoutMs: number | undefined;
  logLevels: Record<string, LogLevel>;
}

/** `extensions.eventHubs` (extension 6). */
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
}

const DEFAULT_TIMEOUT = '00:30:00';

/** Reads and checks host.json. Throws `HostError` that names the file, the property, its value and what is allowed. */
export function readHostJson(appDir: string): HostJson {
  const path = join(appDir, 'host.json');
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new HostError(`The function app has no readable host.json (${(error as Error).message}).`);
  }
  try {
    return parseHostJson(JSON.parse(text));
  } catch (error) {
    if (error instanceof HostError) throw new HostError(`${path}: ${error.message}`);
    if (error instanceof SyntaxError) throw new HostError(`${path} is not valid JSON: ${error.message}`);
    throw error;
  }
}

/** Checks the parsed content of host.json; throws `HostError` that names the property. */
export function parseHostJson(content: unknown): HostJson {
  const root = new Section(content, '');
  const version = root.text('version', '');
  if (version !== '2.0') throw new HostError(`version must be "2.0", not ${JSON.stringify(version)}`);
  const extensions = root.section('extensions');
  return {
    http: {
      routePrefix: extensions
        .section('http')
        .text('routePrefix', 'api')
        .replace(/^\/+|\/+$/g, ''),
    },
    eventHubs: eventHubsOptions(extensions.section('eventHubs')),
    functionTimeoutMs: root.timeSpan('functionTimeout', DEFAULT_TIMEOUT, { unlimited: true }),
    logLevels: logLevels(root.section('logging').section('logLevel')),
  };
}

function eventHubsOptions(section: Section): EventHubsOptions {
  const maxEventBatchSize = section.integer('maxEventBatchSize', 100, 1);
  const minEventBatchSize = section.integer('minEventBatchSize', 1, 1);
  if (minEventBatchSize > maxEventBatchSize) {
    throw new HostError(
      `${section.path}.minEventBatchSize (${minEventBatchSize}) must not exceed maxEventBatchSize (${maxEventBatchSize})`,
    );
  }
  return {
    maxEventBatchSize,
    minEventBatchSize,
    maxWaitTimeMs: section.timeSpan('maxWaitTime', '00:01:00')!,
    prefetchCount: section.integer('prefetchCount', 300, 0),
    batchCheckpointFrequency: section.integer('batchCheckpointFrequency', 1, 1),
    initialOffset: initialOffset(section.section('initialOffsetOptions')),
    loadBalancingUpdateIntervalMs: section.timeSpan('loadBalancingUpdateInterval', '00:00:10')!,
    partitionOwnershipExpirationIntervalMs: section.timeSpan('partitionOwnershipExpirationInterval', '00:01:00')!,
  };
}

function initialOffset(section: Section): EventHubsOptions['initialOffset'] {
  const type = section.oneOf('type', ['fromStart', 'fromEnd', 'fromEnqueuedTime'], 'fromStart');
  if (type === 'fromStart') return { from: 'start' };
  if (type === 'fromEnd') return { from: 'end' };
  const text = section.text('enqueuedTimeUtc', '');
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time.getTime())) {
    throw new HostError(
      `${section.path}.enqueuedTimeUtc must be an ISO 8601 time such as "2026-01-31T00:00:00Z" when type is ` +
        `"fromEnqueuedTime", not ${JSON.stringify(text)}`,
    );
  }
  return { from: time };
}

function logLevels(section: Section): Record<string, LogLevel> {
  const levels: Record<string, LogLevel> = {};
  for (const category of section.names) {
    const level = section.text(category, '').toLowerCase();
    if (!isLogLevel(level)) {
      throw new HostError(
        `${section.path}.${category} must be Trace, Debug, Information, Warning, Error, Critical or None, not "${level}"`,
      );
    }
    levels[category] = level;
  }
  return levels;
}
