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

/** Reads the binding; throws `HostError` that names the function and the property. */
export function cosmosTriggerOptions(binding: Binding, functionName: string): CosmosTriggerOptions {
  const wrong = (property: string, expected: string) =>
    new HostError(
      `Function "${functionName}": ${property} of its Cosmos DB trigger must be ${expected}, not ` +
        `${JSON.stringify(binding[property])}.`,
    );
  const text = (property: string, fallback?: string): string => {
    const value = binding[property] ?? fallback;
    if (typeof value !== 'string' || value === '') throw wrong(property, 'a text');
    return value;
  };
  const whole = (property: string, fallback: number): number => {
    const value = binding[property] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw wrong(property, 'a whole number of at least 1');
    return value as number;
  };
  if (binding.changeFeedMode !== undefined && binding.changeFeedMode !== 'LatestVersion') {
    throw wrong('changeFeedMode', '"LatestVersion"');
  }
  const start = (): FeedStart => {
    if (binding.startFromBeginning === true) return 'beginning';
    if (binding.startFromTime === undefined) return 'now';
    const time = new Date(text('startFromTime'));
    if (Number.isNaN(time.getTime())) throw wrong('startFromTime', 'an ISO 8601 time');
    return time;
  };
  return {
    connection: text('connection'),
    database: text('databaseName'),
    container: text('containerName'),
    leases: {
      connection: text('leaseConnection', text('connection')),
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
