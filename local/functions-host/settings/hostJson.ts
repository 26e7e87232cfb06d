import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel, RetryOptions } from '../app/coreTypes.ts';
import { HostError } from '../hostError.ts';
import { isLogLevel } from '../log.ts';
import type { Settings } from './bindingExpressions.ts';
import { eventHubsOptions, type EventHubsOptions } from './eventHubsOptions.ts';
import { hostJsonOverrides } from './hostJsonOverrides.ts';
import { httpOptions, type HttpOptions } from './httpOptions.ts';
import { acceptWithoutEffect } from './otherSections.ts';
import { retryPolicy } from './retryPolicy.ts';
import { Section } from './section.ts';
import { singletonOptions, type SingletonOptions } from './singletonOptions.ts';

export type { EventHubsOptions } from './eventHubsOptions.ts';

/** host.json of an app, with the defaults of the extensions filled in. Times in ms. */
export interface HostJson {
  http: HttpOptions;
  eventHubs: EventHubsOptions;
  cosmosDB: { userAgentSuffix: string | undefined };
  singleton: SingletonOptions;
  /** Longest time of one invocation; undefined: no limit. */
  functionTimeoutMs: number | undefined;
  logLevels: Record<string, LogLevel>;
  /** The functions to load; undefined: all. */
  functions: readonly string[] | undefined;
  /** Whether a bundle brings the bindings that are not built in. */
  hasExtensionBundle: boolean;
  /** For functions without a policy of their own. */
  retry: RetryOptions | undefined;
  /** Properties that the real host does not know and passes over without a word. */
  unknown: readonly string[];
}

const DAY_MS = 24 * 3_600_000;
const SHORTEST_TIMEOUT_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const HELP = 'See https://aka.ms/functions-hostjson for more information on this configuration file.';

/**
 * Reads and checks host.json, with what app settings `AzureFunctionsJobHost__path__to__value` put over it. Throws
 * `HostError` that names the file, the property, its value and what is allowed.
 */
export function readHostJson(appDir: string, settings: Settings = {}): HostJson {
  const path = join(appDir, 'host.json');
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new HostError(`The function app has no readable host.json (${(error as Error).message}).`);
  }
  try {
    return parseHostJson(hostJsonOverrides(JSON.parse(text), settings));
  } catch (error) {
    if (error instanceof HostError) throw new HostError(`${path}: ${error.message}`);
    if (!(error instanceof SyntaxError)) throw error;
    throw new HostError(`Unable to parse host configuration file '${path}'. It is not valid JSON: ${error.message}`);
  }
}

/** Checks the parsed content of host.json; throws `HostError` that names the property. */
export function parseHostJson(content: unknown): HostJson {
  const root = new Section(content, '');
  checkVersion(root);
  const extensions = root.section('extensions');
  const logging = root.section('logging');
  const hostJson = {
    http: httpOptions(extensions.section('http')),
    eventHubs: eventHubsOptions(extensions.section('eventHubs')),
    cosmosDB: cosmosDbOptions(extensions.section('cosmosDB')),
    singleton: singletonOptions(root.section('singleton')),
    functionTimeoutMs: functionTimeout(root),
    logLevels: logLevels(logging.section('logLevel')),
    functions: root.texts('functions'),
    hasExtensionBundle: root.has('extensionBundle') && checkBundle(root.section('extensionBundle')),
    retry: root.has('retry') ? retryPolicy(root.section('retry')) : undefined,
  };
  acceptWithoutEffect({ root, extensions, logging });
  return { ...hostJson, unknown: root.unread() };
}

function checkVersion(root: Section): void {
  const version = root.text('version', '');
  if (version === '') {
    throw new HostError(
      "The host.json file is missing the required 'version' property. See https://aka.ms/functions-hostjson for steps to " +
        'migrate the configuration file. (allowed: "2.0")',
    );
  }
  if (version === '2.0') return;
  const runtimeVersion = version.startsWith('3')
    ? 'This does not correspond to the function runtime version, only to the schema version of the host.json file. '
    : '';
  throw new HostError(
    `'${version}' is an invalid value for host.json 'version' property. We recommend you set the 'version' property to ` +
      `'2.0'. ${runtimeVersion}${HELP}`,
  );
}

/** Minus one day, written "-1", stands for no limit, as the plans of Flex Consumption and above take it. */
function functionTimeout(root: Section): number | undefined {
  const ms = root.timeSpan('functionTimeout', DEFAULT_TIMEOUT_MS);
  if (ms === -DAY_MS) return undefined;
  if (ms >= SHORTEST_TIMEOUT_MS) return ms;
  const message = 'FunctionTimeout must be greater than 00:00:01 and less than 10675199.02:48:05.4775807.';
  throw root.fault('functionTimeout', message, 'a time span of at least "00:00:01", or "-1" for no limit');
}

function cosmosDbOptions(section: Section): HostJson['cosmosDB'] {
  // The client of this host has the gateway mode alone.
  section.oneOf('connectionMode', ['Gateway', 'Direct'], 'Gateway', 'Microsoft.Azure.Cosmos.ConnectionMode');
  return { userAgentSuffix: section.text('userAgentSuffix') };
}

function logLevels(section: Section): Record<string, LogLevel> {
  const levels: Record<string, LogLevel> = {};
  for (const category of section.names) {
    const written = section.text(category, '');
    const level = written.toLowerCase();
    if (!isLogLevel(level)) {
      const allowed = 'Trace, Debug, Information, Warning, Error, Critical, None';
      throw section.fault(category, `Configuration value '${written}' is not supported.`, allowed);
    }
    levels[category.toLowerCase() === 'default' ? 'default' : category] = level;
  }
  return levels;
}

/** A NuGet version or range: `4.*`, `[4.*, 5.0.0)`, `[4.0.0]`. */
const VERSION = '\\d+(?:\\.\\d+)*(?:\\.\\*)?(?:-[\\w.*-]+)?';
const VERSION_RANGE = new RegExp(`^(?:${VERSION}|[[(]\\s*(?:${VERSION})?\\s*(?:,\\s*(?:${VERSION})?\\s*)?[\\])])$`);

function checkBundle(section: Section): true {
  const invalid = (property: string) =>
    `The value of ${property} property in extensionBundle section of host.json file is invalid or missing. See ` +
    'https://aka.ms/functions-hostjson for more information.';
  const version = section.text('version', '').trim();
  if (!VERSION_RANGE.test(version)) {
    throw section.fault('version', invalid('version'), 'a range of versions such as "[4.*, 5.0.0)"');
  }
  if (!/^\w+(?:[.-]\w+)*$/.test(section.text('id', ''))) {
    throw section.fault('id', invalid('id'), '"Microsoft.Azure.Functions.ExtensionBundle"');
  }
  return true;
}
