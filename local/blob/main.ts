import { AUDIENCES } from '../identity/accessTokens.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { ControlError, hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { BlobFront, type StorageAccount } from './blobFront.ts';

await hostService(start);

/** Options: `faithful`, the port of Azurite and the storage accounts by name. */
async function start({ options, ports }: ServiceStart): Promise<Service> {
  const access = openServiceAccess(options, AUDIENCES.blob);
  if (!access) throw new ControlError('The Blob front is a part of profile faithful: it needs the option "faithful".');
  const front = new BlobFront({
    access,
    azuritePort: Number(options.azuritePort),
    accounts: options.accounts as Record<string, StorageAccount>,
    port: ports?.http ?? 0,
  });
  await front.start();
  return {
    ports: { http: front.port },
    methods: { reloadAccess: () => access.control.reload(), takeDenials: () => access.control.takeDenials() },
    stop: () => front.stop(),
  };
}
