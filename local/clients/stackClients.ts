import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { CosmosClient, type Database } from '@azure/cosmos';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { EventHubProducerClient, type EventHubClientOptions } from '@azure/event-hubs';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';
import { OperatorCredential } from './operatorCredential.ts';

/** Makes this process trust the certificates of a local stack (profile `faithful`). */
export function trustAuthority(caFile: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')]);
}

/**
 * Clients of a running stack for the tools of this project, made of its `endpoints.json`: with keys in profile `fast`, as
 * the operator's identity in profile `faithful`.
 */
export class StackClients {
  readonly endpoints: LocalEndpoints;
  readonly #operator: OperatorCredential | undefined;

  constructor(endpoints: LocalEndpoints) {
    this.endpoints = endpoints;
    this.#operator = endpoints.identity && new OperatorCredential(endpoints.identity);
    if (endpoints.ca) trustAuthority(endpoints.ca);
  }

  cosmosDatabase(): Database {
    const { endpoint, key, database } = this.endpoints.cosmos;
    const options = this.#operator ? { endpoint, aadCredentials: this.#operator } : { endpoint, key };
    return new CosmosClient(options).database(database);
  }

  blobContainer(name: string): ContainerClient {
    const { connectionString, blobEndpoint } = this.endpoints.storage;
    const service = this.#operator
      ? new BlobServiceClient(blobEndpoint, this.#operator)
      : BlobServiceClient.fromConnectionString(connectionString ?? '');
    return service.getContainerClient(name);
  }

  eventHubProducer(hub: string, options?: EventHubClientOptions): EventHubProducerClient {
    const { connectionString, host, port } = this.endpoints.eventHubs;
    return this.#operator
      ? new EventHubProducerClient(`${host}:${port}`, hub, this.#operator, options)
      : new EventHubProducerClient(connectionString ?? '', hub, options);
  }

  /** Headers that let a request to the API in. */
  async apiHeaders(): Promise<Record<string, string>> {
    const { key, audience } = this.endpoints.api;
    if (!this.#operator) return key ? { 'ocp-apim-subscription-key': key } : {};
    const { token } = await this.#operator.getToken(audience ?? '');
    return { authorization: `Bearer ${token}` };
  }

  eventGridPublisher(): EventGridPublisherClient<'CloudEvent'> {
    const { endpoint, key } = this.endpoints.eventGrid;
    const credential = this.#operator ?? new AzureKeyCredential(key ?? '');
    const allowInsecureConnection = endpoint.startsWith('http:');
    return new EventGridPublisherClient(endpoint, 'CloudEvent', credential, { allowInsecureConnection });
  }
}
