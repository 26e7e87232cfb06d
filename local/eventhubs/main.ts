import { AUDIENCES } from '../identity/accessTokens.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { ControlError, hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { EventHubsBroker } from './broker.ts';
import type { Durability } from './log/partitionLog.ts';
import type { ThroughputSettings } from './throughputUnits.ts';
import type { AccessKey } from './tokens.ts';

const DEFAULT_PORT = 5672;
/** The HTTP port of Microsoft's own emulator of the service. */
const DEFAULT_HTTP_PORT = 5300;
const DURABILITIES: readonly unknown[] = ['none', 'interval', 'batch'] satisfies Durability[];

await hostService(start);

async function start({ dataDir, options, ports }: ServiceStart): Promise<Service> {
  const access = openServiceAccess(options, AUDIENCES.eventHubs);
  const broker = await EventHubsBroker.start({
    dataDir,
    port: ports?.amqp,
    preferredPort: DEFAULT_PORT,
    httpPort: ports?.http,
    preferredHttpPort: DEFAULT_HTTP_PORT,
    accessKey: accessKey(options),
    tls: access?.tls,
    entra: access && { ...access, namespaceId: String(options.namespaceId) },
    durability: durability(options),
    throughput: throughput(options),
  });
  return {
    ports: { amqp: broker.port, http: broker.httpPort },
    methods: {
      putHub: broker.putHub.bind(broker),
      deleteHub: broker.deleteHub.bind(broker),
      putConsumerGroup: broker.putConsumerGroup.bind(broker),
      deleteConsumerGroup: broker.deleteConsumerGroup.bind(broker),
      describe: () => broker.describe(),
      reloadAccess: () => broker.reloadAccess(),
      takeDenials: () => access?.control.takeDenials(),
    },
    stop: () => broker.stop(),
  };
}

function accessKey({ keyName, key }: Record<string, unknown>): AccessKey | undefined {
  if (keyName === undefined && key === undefined) return undefined;
  if (typeof keyName === 'string' && keyName && typeof key === 'string' && key) return { name: keyName, key };
  throw new ControlError('The options keyName and key of the Event Hubs service must be two texts, or both be absent.');
}

function durability({ durability = 'interval' }: Record<string, unknown>): Durability {
  if (DURABILITIES.includes(durability)) return durability as Durability;
  throw new ControlError(`The option durability is ${JSON.stringify(durability)}: use none, interval or batch.`);
}

/** Option `throughput`: `{units, maximumUnits?}`, whole numbers from 1 on; absent when nothing is to be throttled. */
function throughput({ throughput: value }: Record<string, unknown>): ThroughputSettings | undefined {
  if (value === undefined) return undefined;
  const { units, maximumUnits } = value as Record<string, unknown>;
  const isCount = (count: unknown) => Number.isInteger(count) && (count as number) >= 1;
  if (isCount(units) && (maximumUnits === undefined || isCount(maximumUnits))) return value as ThroughputSettings;
  throw new ControlError(
    `The option throughput is ${JSON.stringify(value)}: use {units, maximumUnits} with whole numbers from 1 on.`,
  );
}
