import { setTimeout as sleep } from 'node:timers/promises';
import type { InteractionEvent } from '../../runtime/contracts/events.ts';
import type { StackClients } from '../clients/stackClients.ts';
import type { CatalogueItem } from './retailEvents.ts';

/** How long a request is repeated while the API says that it cannot take it now. */
const PATIENCE_MS = 120_000;

/** What the API answered, read to its end. */
export interface ApiAnswer {
  status: number;
  text: string;
  /** Seconds that the API asks to be left alone; 0 when it does not ask. */
  retryAfter: number;
}

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
    const answer = await this.answer(method, path, contentType, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} was refused with ${reasonOf(answer)}`);
    return JSON.parse(answer.text) as T;
  }

  /** What the API answers once it takes requests: a refusal of the request is an answer, "not now" is none. */
  async answer(method: string, path: string, contentType?: string, body?: unknown): Promise<ApiAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const deadline = Date.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#send(method, path, contentType, text);
      if (answer && answer.status !== 429 && answer.status !== 503) return answer;
      if (Date.now() > deadline) {
        const why = answer ? reasonOf(answer) : 'no connection';
        throw new Error(`${method} ${path} did not get through in 2 minutes (${why})`);
      }
      await sleep((answer?.retryAfter ?? 0) * 1000 || Math.min(2_000, 100 * 2 ** attempt));
    }
  }

  async #send(method: string, path: string, contentType?: string, body?: string): Promise<ApiAnswer | undefined> {
    const headers = await this.#clients.apiHeaders();
    if (contentType) headers['content-type'] = contentType;
    try {
      const response = await fetch(`${this.#clients.endpoints.api.url}${path}`, { method, headers, body });
      const text = await response.text();
      return { status: response.status, text, retryAfter: Number(response.headers.get('retry-after')) };
    } catch (error) {
      // fetch reports every lost connection as a TypeError, also one that breaks off in the middle of an answer;
      // anything else is a fault of ours.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }
}

function reasonOf({ status, text }: ApiAnswer): string {
  return `status ${status}: ${text.slice(0, 500)}`;
}
