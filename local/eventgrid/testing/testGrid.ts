import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzureKeyCredential, EventGridPublisherClient, type SendCloudEventInput } from '@azure/eventgrid';
import { expect, vi } from 'vitest';
import type { EventSchema, SubscriptionDefinition } from '../model.ts';
import { EventGridService, type EventGridArgs } from '../service.ts';
import { ManualClock } from './manualClock.ts';
import { TEST_KEY } from './startService.ts';

/** What `describe` says of a subscription, as far as tests look at it. */
export interface Described {
  provisioningState: string;
  matched: number;
  delivered: number;
  pending: number;
  retrying: number;
  undeliverable: number;
  deadLettered: number;
  dropped: number;
  nextAttempt?: string;
  lastError?: string;
  expired?: boolean;
}

/** A service whose clock stands still until a test moves it, with its data in a temporary folder. */
export class TestGrid {
  readonly clock = new ManualClock();
  readonly dataDir = mkdtempSync(join(tmpdir(), 'eventgrid-'));
  readonly #args: Partial<EventGridArgs>;
  #service: EventGridService;
  #topics = 0;

  private constructor(args: Partial<EventGridArgs>) {
    this.#args = args;
    this.#service = this.#create();
  }

  static async start(args: Partial<EventGridArgs> = {}): Promise<TestGrid> {
    const grid = new TestGrid(args);
    await grid.service.start();
    return grid;
  }

  get service(): EventGridService {
    return this.#service;
  }

  /** Stops the service; it is started again with its data. */
  async restart(): Promise<void> {
    await this.#service.stop();
    this.#service = this.#create();
    await this.#service.start();
  }

  async end(): Promise<void> {
    await this.#service.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A new topic, of CloudEvents unless told otherwise. */
  async topic(inputSchema: EventSchema = 'CloudEventSchemaV1_0'): Promise<TestTopic> {
    this.#topics += 1;
    const name = `orders-${this.#topics}`;
    const resourceId = `/subscriptions/s/resourceGroups/rg/providers/Microsoft.EventGrid/topics/${name}`;
    await this.#service.putTopic({ name, inputSchema, key: TEST_KEY, resourceId });
    return new TestTopic(this, name, resourceId);
  }

  #create(): EventGridService {
    return new EventGridService({ clock: this.clock, random: () => 0.5, ...this.#args, dataDir: this.dataDir });
  }
}

/** A topic with what tests do to it: subscribe, publish with the official client, look. */
export class TestTopic {
  readonly grid: TestGrid;
  readonly name: string;
  readonly resourceId: string;

  constructor(grid: TestGrid, name: string, resourceId: string) {
    this.grid = grid;
    this.name = name;
    this.resourceId = resourceId;
  }

  get endpoint(): string {
    return this.grid.service.endpoint(this.name);
  }

  client<T extends 'CloudEvent' | 'EventGrid'>(schema: T, key = TEST_KEY): EventGridPublisherClient<T> {
    return new EventGridPublisherClient(this.endpoint, schema, new AzureKeyCredential(key), {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
  }

  /** Puts the subscription `hook` unless told otherwise, and waits until its endpoint has agreed. */
  async subscribe(definition: Partial<SubscriptionDefinition> & Pick<SubscriptionDefinition, 'destination'>) {
    const { name = 'hook' } = definition;
    await this.put(definition);
    await until(() => expect(this.describe(name)).toMatchObject({ provisioningState: 'Succeeded' }));
  }

  put(definition: Partial<SubscriptionDefinition> & Pick<SubscriptionDefinition, 'destination'>): Promise<void> {
    return this.grid.service.putSubscription({ name: 'hook', ...definition, topic: this.name });
  }

  /** Publishes CloudEvents; a text stands for an event with that id. */
  publish(...events: (string | Partial<SendCloudEventInput<unknown>>)[]): Promise<void> {
    const made = events.map((event) => ({
      source: '/shop',
      type: 'order.placed',
      data: {},
      ...(typeof event === 'string' ? { id: event } : event),
    }));
    return this.client('CloudEvent').send(made);
  }

  describe(subscription = 'hook'): Described {
    const topics = this.grid.service.describe().topics as { name: string; subscriptions: Record<string, unknown>[] }[];
    const found = topics
      .find(({ name }) => name === this.name)
      ?.subscriptions.find(({ name }) => name === subscription);
    if (!found) throw new Error(`no subscription ${subscription}`);
    return found as unknown as Described;
  }

  /** Waits until a subscription looks like this. */
  settled(expected: Partial<Described>, subscription = 'hook'): Promise<void> {
    return until(() => expect(this.describe(subscription)).toMatchObject(expected));
  }

  /** Waits until an attempt has failed and moves the clock to the next one; how long that is in seconds. */
  async passToNextAttempt(subscription = 'hook'): Promise<number> {
    await until(() => expect(this.describe(subscription).nextAttempt).toBeDefined());
    const wait = Date.parse(this.describe(subscription).nextAttempt!) - this.grid.clock.now();
    this.grid.clock.advance(wait);
    return wait / 1000;
  }
}

/** Waits until a check no longer throws. */
export function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 5 });
}
