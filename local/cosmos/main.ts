import { hostService } from '../process/serviceHost.ts';
import { CosmosService } from './service.ts';

/** Runs the service as a process. Options: `key` and `accountName`, see `CosmosServiceOptions`. */
await hostService(({ dataDir, ports, options }) => {
  const { key, accountName } = options as { key?: string; accountName?: string };
  return CosmosService.start({ dataDir, key, accountName, port: ports?.http });
});
