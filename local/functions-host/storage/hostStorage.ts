import type { ContainerClient } from '@azure/storage-blob';
import { readConnection } from '../settings/connection.ts';
import type { Settings } from '../settings/bindingExpressions.ts';

/** The storage account of the host, `AzureWebJobsStorage`: where triggers keep their positions. */
export interface HostStorage {
  /** A container, created on first use. Throws `HostError` when the connection is not set. */
  container(name: string): Promise<ContainerClient>;
}

const CONNECTION = 'AzureWebJobsStorage';

/** The host storage of the app settings. Nothing is read before the first container is asked for. */
export function hostStorage(settings: Settings): HostStorage {
  const containers = new Map<string, Promise<ContainerClient>>();
  return {
    container(name) {
      let container = containers.get(name);
      if (!container) {
        container = openContainer(settings, name);
        containers.set(name, container);
        container.catch(() => containers.delete(name));
      }
      return container;
    },
  };
}

async function openContainer(settings: Settings, name: string): Promise<ContainerClient> {
  const { RestError } = await import('@azure/storage-blob');
  const client = await containerClient(settings, name);
  try {
    await client.create();
  } catch (error) {
    if (!(error instanceof RestError && error.code === 'ContainerAlreadyExists')) throw error;
  }
  return client;
}

async function containerClient(settings: Settings, name: string): Promise<ContainerClient> {
  const connection = await readConnection(
    settings,
    CONNECTION,
    ['blobServiceUri', 'accountName'],
    (name) => `Storage account connection string '${name}' does not exist. Make sure that it is a defined App Setting.`,
  );
  const { ContainerClient } = await import('@azure/storage-blob');
  if ('connectionString' in connection) return new ContainerClient(connection.connectionString, name);
  const { blobServiceUri, accountName } = connection.properties;
  const service = (blobServiceUri ?? `https://${accountName}.blob.core.windows.net`).replace(/\/+$/, '');
  return new ContainerClient(`${service}/${name}`, connection.credential);
}

/** Name of the app in the host storage, shared by all of its instances: that of its site, as on Azure. */
export function hostId(settings: Settings): string {
  return (settings.WEBSITE_SITE_NAME ?? 'local').toLowerCase().slice(0, 32);
}
