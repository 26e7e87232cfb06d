import { ContainerClient } from '@azure/storage-blob';
import { CONNECTIONS } from '../contracts/settings.ts';
import { connection, type Environment } from './connection.ts';

/**
 * A blob container (`BLOB_CONTAINERS` in runtime/contracts/names.ts) of the registry's storage account.
 * @throws {SettingError} when the connection `Registry` is not set.
 */
export function blobContainer(env: Environment, containerName: string): ContainerClient {
  const target = connection(env, CONNECTIONS.registry);
  if ('connectionString' in target) return new ContainerClient(target.connectionString, containerName);
  return new ContainerClient(`${target.endpoint.replace(/\/+$/, '')}/${containerName}`, target.credential);
}
