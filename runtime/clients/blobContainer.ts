import { ContainerClient, type StoragePipelineOptions } from '@azure/storage-blob';
import { CONNECTIONS } from '../contracts/settings.ts';
import { connection, type Environment } from './connection.ts';

/** The client's own pause before the first retry is four seconds, too long for a connection that was merely closed. */
const OPTIONS: StoragePipelineOptions = {
  retryOptions: { maxTries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 5_000 },
};

/**
 * A blob container (`BLOB_CONTAINERS` in runtime/contracts/names.ts) of the registry's storage account.
 * @throws {SettingError} when the connection `Registry` is not set.
 */
export function blobContainer(env: Environment, containerName: string): ContainerClient {
  const target = connection(env, CONNECTIONS.registry);
  if ('connectionString' in target) return new ContainerClient(target.connectionString, containerName, OPTIONS);
  return new ContainerClient(`${target.endpoint.replace(/\/+$/, '')}/${containerName}`, target.credential, OPTIONS);
}
