import type { Binding } from '../../app/coreTypes.ts';
import { HostError } from '../../hostError.ts';
import type { FeedStart } from './changeFeed.ts';

/** What a Cosmos DB trigger says, with the defaults of the extension (4.x). */
export interface CosmosTriggerOptions {
  connection: string;
  database: string;
  container: string;
  leases: { connection: string; database: string; container: string; prefix: string; createIfNotExists: boolean };
  maxItems: number;
  feedPollDelayMs: number;
  start: FeedStart;
  leaseAcquireMs: number;
  leaseExpirationMs: number;
  leaseRenewMs: number;
}

/** The setting that the extension looks for when a trigger names none. */
const DEFAULT_CONNECTION = 'CosmosDB';

/** Reads the binding; throws `HostError` that names the property. */
export function cosmosTriggerOptions(binding: Binding): CosmosTriggerOptions {
  const wrong = (property: string, expected: string) =>
    new HostError(
      `${property} of its Cosmos DB trigger must be ${expected}, not ${JSON.stringify(binding[property])}.`,
    );
  const text = (property: string, fallback?: string): string => {
    const value = binding[property] ?? fallback;
    if (typeof value !== 'string' || value === '') throw wrong(property, 'a text');
    return value;
  };
  const whole = (property: string, fallback: number): number => {
    const value = binding[property] ?? 0;
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(property, 'a whole number of at least 1');
    // As on Azure, 0 is what is not set.
    return (value as number) || fallback;
  };
  if (binding.changeFeedMode !== undefined && binding.changeFeedMode !== 'LatestVersion') {
    throw wrong('changeFeedMode', '"LatestVersion"');
  }
  const start = (): FeedStart => {
    const fromBeginning = binding.startFromBeginning === true;
    if (binding.startFromTime === undefined) return fromBeginning ? 'beginning' : 'now';
    if (fromBeginning) throw new HostError('Only one of StartFromBeginning or StartFromTime can be used');
    const time = new Date(text('startFromTime'));
    if (!Number.isNaN(time.getTime())) return time;
    throw new HostError(
      'The specified StartFromTime parameter is not in the correct format. Please use the ISO 8601 format with the UTC ' +
        `designator. For example: '2021-02-16T14:19:29Z'. It is ${JSON.stringify(binding.startFromTime)}.`,
    );
  };
  return {
    connection: text('connection', DEFAULT_CONNECTION),
    database: text('databaseName'),
    container: text('containerName'),
    leases: {
      connection: text('leaseConnection', text('connection', DEFAULT_CONNECTION)),
      database: text('leaseDatabaseName', text('databaseName')),
      container: text('leaseContainerName', 'leases'),
      prefix: typeof binding.leaseContainerPrefix === 'string' ? binding.leaseContainerPrefix : '',
      createIfNotExists: binding.createLeaseContainerIfNotExists === true,
    },
    maxItems: whole('maxItemsPerInvocation', 100),
    feedPollDelayMs: whole('feedPollDelay', 5000),
    start: start(),
    leaseAcquireMs: whole('leaseAcquireInterval', 13_000),
    leaseExpirationMs: whole('leaseExpirationInterval', 60_000),
    leaseRenewMs: whole('leaseRenewInterval', 17_000),
  };
}
