import { ControlError, hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { EventHubsBroker } from './broker.ts';
import type { Durability } from './log/partitionLog.ts';
import type { AccessKey } from './tokens.ts';

const DEFAULT_PORT = 5672;
const DURABILITIES: readonly unknown[] = ['none', 'interval', 'batch'] satisfies Durability[];

await hostService(start);

async function start({ dataDir, options, ports }: ServiceStart): Promise<Service> {
  const broker = await EventHubsBroker.start({
    dataDir,
    port: ports?.amqp,
    preferredPort: DEFAULT_PORT,
    accessKey: accessKey(options),
    durability: durability(options),
  });
  return {
    ports: { amqp: broker.port },
    methods: {
      putHub: broker.putHub.bind(broker),
      deleteHub: broker.deleteHub.bind(broker),
      putConsumerGroup: broker.putConsumerGroup.bind(broker),
      deleteConsumerGroup: broker.deleteConsumerGroup.bind(broker),
      describe: () => broker.describe(),
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
