import { createHmac } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container, type ContainerRequest, type Database } from '@azure/cosmos';
import { onTestFinished } from 'vitest';
import { CosmosService, type CosmosServiceOptions } from '../service.ts';

/** One behaviour that clients rely on. */
export interface Check {
  /** Short name, that of the protocol reference where it has the check. */
  id: string;
  /** The behaviour as a sentence. */
  name: string;
  /**
   * `differs`: Azure behaves in another way, which the sentence tells. `refused`: Azure can do it, this service says by
   * name that it cannot. Absent: like Azure.
   */
  fidelity?: 'differs' | 'refused';
  run(stage: Stage): Promise<void>;
}

/** A request as the service received it. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: { code?: string; message?: string } & Record<string, unknown>;
}

type StageOptions = Partial<CosmosServiceOptions> & {
  /** The service has a key and verifies signatures; default. */
  signed?: boolean;
  /** The service's clock stands still unless `advance` moves it. */
  frozen?: boolean;
};

const KEY = Buffer.from('the key of the account under test').toString('base64');

/** A service with a signed-in official client, and the means to look at what passes between them. */
export class Stage {
  readonly service: CosmosService;
  readonly client: CosmosClient;
  readonly database: Database;
  readonly key = KEY;
  readonly #dataDir: string;
  readonly #clock: { offset: number };
  #containers = 0;

  private constructor(service: CosmosService, dataDir: string, clock: { offset: number }) {
    this.service = service;
    this.#dataDir = dataDir;
    this.#clock = clock;
    this.client = new CosmosClient({ endpoint: service.endpoint, key: KEY });
    this.database = this.client.database('checks');
  }

  static async set({ signed = true, frozen = false, ...options }: StageOptions = {}): Promise<Stage> {
    const dataDir = mkdtempSync(join(tmpdir(), 'cosmos-checks-'));
    const clock = { offset: 0 };
    const start = Date.now();
    const service = await CosmosService.start({
      dataDir,
      key: signed ? KEY : undefined,
      port: 0,
      now: () => (frozen ? start : Date.now()) + clock.offset,
      ...options,
    });
    const stage = new Stage(service, dataDir, clock);
    await stage.client.databases.create({ id: 'checks' });
    return stage;
  }

  /** Another service with options of its own, until the end of the check. */
  async beside(options: StageOptions): Promise<Stage> {
    const stage = await Stage.set(options);
    onTestFinished(() => stage.strike());
    return stage;
  }

  async strike(): Promise<void> {
    this.client.dispose();
    await this.service.stop();
    rmSync(this.#dataDir, { recursive: true });
  }

  /** A new container, partitioned by `/pk` unless told otherwise. */
  async container(request: Partial<ContainerRequest> = {}): Promise<Container> {
    this.#containers += 1;
    const id = `container-${this.#containers}`;
    const { container } = await this.database.containers.create({ id, partitionKey: '/pk', ...request });
    return container;
  }

  /** Lets the service's clock jump ahead; all checks together by less than the quarter of an hour that signatures allow. */
  advance(seconds: number): void {
    this.#clock.offset += seconds * 1000;
  }

  /** Runs something and gives the requests that reached the service meanwhile. */
  async requestsDuring(run: () => Promise<unknown>): Promise<SeenRequest[]> {
    const seen: SeenRequest[] = [];
    const listen = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      if (request.socket.localPort !== this.service.ports.http) return;
      const { method = '', url: path = '', headers } = request;
      const entry = { method, path, headers, body: '' };
      seen.push(entry);
      request.on('data', (chunk: Buffer) => (entry.body += chunk.toString()));
    };
    subscribe('http.server.request.start', listen);
    try {
      await run();
    } finally {
      unsubscribe('http.server.request.start', listen);
    }
    return seen;
  }

  /** Resolves when the service has finished an answer. */
  async answered(): Promise<void> {
    await new Promise<void>((resolve) => {
      const listen = (message: unknown) => {
        const { response } = message as { response: ServerResponse };
        if (response.req.socket.localPort !== this.service.ports.http) return;
        unsubscribe('http.server.response.finish', listen);
        resolve();
      };
      subscribe('http.server.response.finish', listen);
    });
  }

  /** A signed request that the client would not send. The path has no escapes unless nobody verifies the signature. */
  async raw(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Buffer<ArrayBuffer>,
  ): Promise<RawAnswer> {
    const date = new Date().toUTCString();
    const segments = path.split('/').filter(Boolean);
    const isFeed = segments.length % 2 === 1;
    const type = (isFeed ? segments.at(-1) : segments.at(-2)) ?? '';
    const link = (isFeed ? segments.slice(0, -1) : segments).join('/');
    const text = `${method.toLowerCase()}\n${type}\n${link}\n${date.toLowerCase()}\n\n`;
    const signature = createHmac('sha256', Buffer.from(KEY, 'base64')).update(text).digest('base64');
    const authorization = encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
    const response = await fetch(new URL(path, this.service.endpoint), {
      method,
      headers: { authorization, 'x-ms-date': date, 'x-ms-version': '2020-07-15', ...headers },
      body,
    });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: answer === '' ? {} : JSON.parse(answer) };
  }
}

/** The status code of the error that a call must end with. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ code?: number | string; substatus?: number; message: string }> {
  try {
    await call;
  } catch (error) {
    return error as { code?: number; substatus?: number; message: string };
  }
  throw new Error('the call should have been refused, but it succeeded');
}
