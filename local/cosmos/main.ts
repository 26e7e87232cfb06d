import { AUDIENCES } from '../identity/accessTokens.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { ControlError, hostService, type ServiceStart } from '../process/serviceHost.ts';
import { CosmosService } from './service.ts';

/** Where the emulator of Azure Cosmos DB listens. */
const DEFAULT_PORT = 8081;

await hostService(start);

/**
 * Options: `key`, `accountName`, `accountId`, `consistency`, `serverless`, `throttling` and `faithful`, see
 * `CosmosServiceOptions`.
 */
function start({ dataDir, ports, options }: ServiceStart): Promise<CosmosService> {
  return CosmosService.start({
    dataDir,
    key: optionalText(options, 'key'),
    accountName: optionalText(options, 'accountName'),
    accountId: optionalText(options, 'accountId'),
    consistency: optionalText(options, 'consistency'),
    serverless: optionalSwitch(options, 'serverless'),
    throttling: optionalSwitch(options, 'throttling'),
    access: openServiceAccess(options, [...AUDIENCES.cosmos, 'https://localhost', `https://localhost:${ports?.http}`]),
    port: ports?.http,
    preferredPort: DEFAULT_PORT,
  });
}

function optionalText(options: Record<string, unknown>, name: string): string | undefined {
  const value = options[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new ControlError(
    `The option ${name} of the Cosmos DB service must be a text or absent: ${JSON.stringify(value)}.`,
  );
}

function optionalSwitch(options: Record<string, unknown>, name: string): boolean | undefined {
  const value = options[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new ControlError(
    `The option ${name} of the Cosmos DB service must be true, false or absent: ${JSON.stringify(value)}.`,
  );
}
