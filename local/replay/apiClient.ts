import { setTimeout as sleep } from 'node:timers/promises';
import type { InteractionEvent } from '../../runtime/contracts/events.ts';
import type { StackClients } from '../clients/stackClients.ts';
import type { CatalogueItem } from './retailEvents.ts';

/** How long a request is repeated while the API says that it cannot take it now. */
const PATIENCE_MS = 120_000;

/** The few calls of the HTTP API that a replay makes, repeated when the API asks for it (503, 429, connection lost). */
export class ApiClient {
  readonly #clients: StackClients;

  constructor(clients: StackClients) {
    this.#clients = clients;
  }

  async putItems(items: readonly CatalogueItem[]): Promise<void> {
    await this.request('POST', '/v1/items:batch', 'application/json', { items });
  }

  async sendEvents(events: readonly InteractionEvent[]): Promise<void> {
    await this.request('POST', '/v1/events', 'application/cloudevents-batch+json', events);
  }

  async request<T>(method: string, path: string, contentType?: string, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const deadline = Date.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt += 1) {
      const response = await this.#send(method, path, contentType, text);
      if (response?.ok) return (await response.json()) as T;
      const retryable = !response || response.status === 429 || response.status === 503;
      const why = response ? `status ${response.status}: ${(await response.text()).slice(0, 500)}` : 'no connection';
      if (!retryable) throw new Error(`${method} ${path} was refused with ${why}`);
      if (Date.now() > deadline) throw new Error(`${method} ${path} did not get through in 2 minutes (${why})`);
      const asked = Number(response?.headers.get('retry-after')) * 1000;
      await sleep(asked || Math.min(2_000, 100 * 2 ** attempt));
    }
  }

  async #send(method: string, path: string, contentType?: string, body?: string): Promise<Response | undefined> {
    const headers = await this.#clients.apiHeaders();
    if (contentType) headers['content-type'] = contentType;
    try {
      return await fetch(`${this.#clients.endpoints.api.url}${path}`, { method, headers, body });
    } catch (error) {
      // fetch reports every lost connection as a TypeError; anything else is a fault of ours.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }
}
