import type { Server } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { ServiceAccess } from '../identity/serviceAccess.ts';
import { systemClock } from './clock.ts';
import { ControlError } from '../process/serviceHost.ts';
import { Disorder, type DisorderSettings } from './delivery/disorder.ts';
import { SubscriptionRuntime, type DeliverySettings, type RuntimeContext } from './delivery/subscriptionRuntime.ts';
import type { SubscriptionDefinition, TopicDefinition } from './model.ts';
import { authorize } from './publish/credentials.ts';
import { authorizeByIdentity } from './publish/identityCredentials.ts';
import { readEvents } from './publish/readEvents.ts';
import { listen, noResource, type DataPlane } from './server.ts';
import { openDatabase } from './store/database.ts';
import { DefinitionStore, type StoredSubscription } from './store/definitions.ts';
import { DeliveryStore } from './store/deliveries.ts';
import { GroupCommit } from '../storage/groupCommit.ts';
import { validateSubscription, validateTopic } from './subscriptions/validateDefinition.ts';

const TIMEOUT_MS = 30_000;
const CONCURRENCY = 16;

/** Settings have Azure's values unless they are given. */
export interface EventGridArgs extends Partial<Omit<DeliverySettings, 'disorder'>> {
  /** Folder of the database; must exist. */
  dataDir: string;
  /** 0 (the default) takes a free port. */
  port?: number;
  /** Factor on every wait and on the time to live, if no clock is given; 1 (the default) is Azure's time. */
  timeScale?: number;
  /** Delivers some events twice and some late, for tests of consumers; default: none. */
  duplicates?: DisorderSettings;
  /** Profile `faithful`: https, and tokens instead of keys. */
  access?: ServiceAccess;
}

/** Event Grid custom topics on this machine: publish endpoint, subscriptions, durable delivery. */
export class EventGridService {
  readonly #settings: DeliverySettings;
  readonly #requestedPort: number;
  readonly #access: ServiceAccess | undefined;
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #definitions: DefinitionStore;
  readonly #deliveries: DeliveryStore;
  readonly #topics = new Map<string, TopicDefinition>();
  readonly #subscriptions = new Map<string, SubscriptionRuntime>();
  #server: Server | undefined;
  #port = 0;
  /** The last change of definitions; each waits for the one before. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(args: EventGridArgs) {
    const clock = args.clock ?? systemClock(args.timeScale ?? 1);
    this.#settings = {
      clock,
      disorder: new Disorder(clock),
      random: args.random ?? Math.random,
      timeoutMs: args.timeoutMs ?? TIMEOUT_MS,
      concurrency: args.concurrency ?? CONCURRENCY,
    };
    this.setDuplicates(args.duplicates);
    this.#requestedPort = args.port ?? 0;
    this.#access = args.access;
    this.#database = openDatabase(args.dataDir);
    this.#commit = new GroupCommit(this.#database);
    this.#definitions = new DefinitionStore({ database: this.#database });
    this.#deliveries = new DeliveryStore({ database: this.#database });
  }

  get port(): number {
    return this.#port;
  }

  /** Address that a publisher of the topic is given. */
  endpoint(topic: string): string {
    return `${this.#baseUrl()}/${topic}/api/events`;
  }

  /** Loads what an earlier start left and goes on delivering it. */
  async start(): Promise<void> {
    const { server, port } = await listen({
      port: this.#requestedPort,
      dataPlane: this.#dataPlane(),
      tls: this.#access?.tls,
    });
    this.#server = server;
    this.#port = port;
    for (const { definition } of this.#definitions.topics()) this.#topics.set(key(definition.name), definition);
    for (const stored of this.#definitions.subscriptions()) this.#run(stored);
  }

  /** Takes no more events, waits for the deliveries under way and closes the database. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    }
    await Promise.all([...this.#subscriptions.values()].map((runtime) => runtime.stop()));
    this.#database.close();
  }

  putTopic(topic: TopicDefinition): Promise<{ endpoint: string }> {
    return this.#change(() => this.#putTopic(topic));
  }

  /** Creates or changes a subscription. Returns at once; `describe` tells when a webhook has agreed. */
  putSubscription(definition: SubscriptionDefinition): Promise<void> {
    return this.#change(() => this.#putSubscription(definition));
  }

  deleteSubscription(args: { topic: string; name: string }): Promise<void> {
    return this.#change(() => this.#deleteSubscription(args));
  }

  /** From now on delivers a share of events twice and a share late; undefined turns that off. */
  setDuplicates(settings: DisorderSettings | undefined): void {
    this.#settings.disorder.set(settings);
  }

  /** Deletes a topic with its subscriptions and everything that was still to deliver. */
  deleteTopic(args: { name: string }): Promise<void> {
    return this.#change(async () => {
      const topic = this.#topic(args.name);
      for (const { definition } of this.#of(topic.name))
        await this.#deleteSubscription({ topic: topic.name, name: definition.name });
      this.#topics.delete(key(topic.name));
      await this.#commit.run(() => this.#definitions.deleteTopic(topic.name));
    });
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => undefined);
    return result;
  }

  async #putTopic(topic: TopicDefinition): Promise<{ endpoint: string }> {
    validateTopic(topic);
    const before = this.#topics.get(key(topic.name));
    if (before && before.inputSchema !== topic.inputSchema)
      throw new ControlError(
        `topic "${topic.name}": the input schema cannot change from ${before.inputSchema} to ${topic.inputSchema}; delete the topic first.`,
      );
    await this.#commit.run(() => this.#definitions.putTopic(topic));
    this.#topics.set(key(topic.name), topic);
    return { endpoint: this.endpoint(topic.name) };
  }

  async #putSubscription(definition: SubscriptionDefinition): Promise<void> {
    const topic = this.#topic(definition.topic);
    const before = this.#subscriptions.get(key(topic.name, definition.name));
    const { clock } = this.#settings;
    validateSubscription({ subscription: definition, topic, before: before?.definition, now: clock.now() });
    await before?.stop();
    const validated = definition.destination.type !== 'WebHook';
    this.#run(await this.#commit.run(() => this.#definitions.putSubscription(definition, validated)));
  }

  async #deleteSubscription(args: { topic: string; name: string }): Promise<void> {
    const id = key(args.topic, args.name);
    const runtime = this.#subscriptions.get(id);
    if (!runtime) throw new ControlError(`topic "${args.topic}" has no subscription "${args.name}".`);
    this.#subscriptions.delete(id);
    await runtime.stop();
    await this.#commit.run(() => this.#definitions.deleteSubscription(runtime.id));
  }

  /** Topics with their subscriptions: provisioning state, counters, next attempt, last error. */
  describe(): { topics: Record<string, unknown>[] } {
    const topics = this.#definitions.topics().map(({ definition: { name, inputSchema }, published }) => ({
      name,
      inputSchema,
      endpoint: this.endpoint(name),
      published,
      subscriptions: this.#of(name).map((runtime) => runtime.describe()),
    }));
    return { topics };
  }

  #run(stored: StoredSubscription): void {
    const topic = this.#topic(stored.definition.topic);
    const context: RuntimeContext = {
      definitions: this.#definitions,
      deliveries: this.#deliveries,
      commit: this.#commit,
      settings: this.#settings,
      baseUrl: this.#baseUrl(),
    };
    const runtime = new SubscriptionRuntime({ stored, topic, context });
    this.#subscriptions.set(key(topic.name, stored.definition.name), runtime);
    runtime.start();
  }

  #dataPlane(): DataPlane {
    return {
      publish: async ({ topic: name, request, url, body }) => {
        const topic = this.#topics.get(key(name));
        if (!topic) throw noResource(url);
        const now = this.#settings.clock.now();
        if (this.#access) await authorizeByIdentity(request.headers, topic.resourceId ?? '', this.#access);
        else authorize({ headers: request.headers, url, key: topic.key, now });
        const runtimes = this.#of(topic.name);
        const accepted = readEvents({ topic, headers: request.headers, body }).map((event) => ({
          event,
          subscriptions: runtimes
            .filter((runtime) => runtime.matches(event))
            .map((runtime) => ({ id: runtime.id, due: runtime.firstAttempt(event) })),
        }));
        await this.#commit.run(() => this.#deliveries.accept(topic.name, accepted, now));
        for (const runtime of runtimes) runtime.wake();
      },
      confirm: async ({ topic, subscription, code, requestsPerMinute }) => {
        const runtime = this.#subscriptions.get(key(topic, subscription));
        return runtime ? runtime.confirm(code, requestsPerMinute) : false;
      },
    };
  }

  #topic(name: string): TopicDefinition {
    const topic = this.#topics.get(key(name));
    if (!topic) throw new ControlError(`there is no topic "${name}"; put it first.`);
    return topic;
  }

  #of(topic: string): SubscriptionRuntime[] {
    return [...this.#subscriptions.values()].filter(({ definition }) => key(definition.topic) === key(topic));
  }

  #baseUrl(): string {
    return this.#access ? `https://localhost:${this.#port}` : `http://127.0.0.1:${this.#port}`;
  }
}

/** Names are compared without case, as in ARM. */
function key(...names: string[]): string {
  return names.join('/').toLowerCase();
}
