import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicResourceId } from '../publish/readEvents.ts';
import type { GridEvent, SubscriptionDefinition, TopicDefinition } from '../model.ts';
import { matchesFilter } from '../subscriptions/filter.ts';
import type { DefinitionStore, StoredSubscription } from '../store/definitions.ts';
import type { DeliveryCounts, DeliveryStore } from '../store/deliveries.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import { DeadLetterSink } from './deadLetter.ts';
import { openDestination } from './destination.ts';
import { Dispatcher } from './dispatcher.ts';
import { askWebhook } from './handshake.ts';

/** A webhook that is not up yet is asked again at this rhythm, for as long as a slow start may take. */
const HANDSHAKE_INTERVAL_MS = 1000;
const HANDSHAKE_PATIENCE_MS = 10 * 60_000;

export type SubscriptionState = 'Active' | 'AwaitingValidation' | 'ValidationFailed';

/** Settings that all subscriptions share. */
export interface DeliverySettings {
  timeScale: number;
  timeoutMs: number;
  concurrency: number;
}

export interface RuntimeContext {
  definitions: DefinitionStore;
  deliveries: DeliveryStore;
  commit: GroupCommit;
  settings: DeliverySettings;
  /** Base address of this service, for validation links. */
  baseUrl: string;
}

/** A subscription at work: proves its destination, then delivers. */
export class SubscriptionRuntime {
  readonly id: number;
  readonly definition: SubscriptionDefinition;
  readonly #topic: TopicDefinition;
  readonly #context: RuntimeContext;
  readonly #dispatcher: Dispatcher;
  readonly #validationCode = randomUUID().toUpperCase();
  readonly #closed = new AbortController();
  #state: SubscriptionState;
  #handshakeError: string | undefined;

  constructor(args: { stored: StoredSubscription; topic: TopicDefinition; context: RuntimeContext }) {
    const { stored, topic, context } = args;
    this.id = stored.id;
    this.definition = stored.definition;
    this.#topic = topic;
    this.#context = context;
    this.#state = stored.validated ? 'Active' : 'AwaitingValidation';
    const { deadLetter, name } = stored.definition;
    this.#dispatcher = new Dispatcher({
      id: stored.id,
      subscription: stored.definition,
      schema: stored.definition.deliverySchema ?? topic.inputSchema,
      destination: openDestination({ subscription: stored.definition, timeoutMs: context.settings.timeoutMs }),
      deadLetterSink: deadLetter && new DeadLetterSink({ deadLetter, subscription: name }),
      store: context.deliveries,
      commit: context.commit,
      concurrency: context.settings.concurrency,
      timeScale: context.settings.timeScale,
    });
  }

  /** Begins to deliver, after the handshake where one is needed. */
  start(): void {
    if (this.#state === 'Active') this.#dispatcher.wake();
    else this.#handshake().catch((error: unknown) => this.#handshakeFailed(error));
  }

  matches(event: GridEvent): boolean {
    return matchesFilter(event, this.definition.filter);
  }

  wake(): void {
    if (this.#state === 'Active') this.#dispatcher.wake();
  }

  /** The other way through the handshake: someone opened the validation link. False if the code is not ours. */
  async confirm(code: string): Promise<boolean> {
    if (code !== this.#validationCode) return false;
    await this.#activate();
    return true;
  }

  describe(): Record<string, unknown> {
    const counts: DeliveryCounts = this.#context.deliveries.counts(this.id);
    const lastError = this.#state === 'Active' ? this.#dispatcher.lastFailure : this.#handshakeError;
    return {
      name: this.definition.name,
      destination: this.definition.destination.type,
      state: this.#state,
      ...counts,
      ...(lastError !== undefined && { lastError }),
    };
  }

  async stop(): Promise<void> {
    this.#closed.abort();
    await this.#dispatcher.stop();
  }

  async #handshake(): Promise<void> {
    const { destination } = this.definition;
    if (destination.type === 'EventHub') return this.#activate();
    const { settings, baseUrl } = this.#context;
    const deadline = Date.now() + HANDSHAKE_PATIENCE_MS * settings.timeScale;
    const query = new URLSearchParams({ subscription: this.definition.name, code: this.#validationCode });
    const target = {
      url: destination.url,
      schema: this.definition.deliverySchema ?? this.#topic.inputSchema,
      topicId: topicResourceId(this.#topic),
      subscription: this.definition.name,
      validationUrl: `${baseUrl}/${this.#topic.name}/validate?${query}`,
      validationCode: this.#validationCode,
      timeoutMs: settings.timeoutMs,
    };
    while (this.#state === 'AwaitingValidation' && !this.#closed.signal.aborted) {
      this.#handshakeError = await askWebhook(target);
      if (this.#handshakeError === undefined) return this.#activate();
      if (Date.now() >= deadline) this.#state = 'ValidationFailed';
      else await this.#pause(HANDSHAKE_INTERVAL_MS * settings.timeScale);
    }
  }

  #handshakeFailed(error: unknown): void {
    this.#state = 'ValidationFailed';
    this.#handshakeError = error instanceof Error ? error.message : String(error);
    console.error(error);
  }

  /** Waits, or returns early when the subscription closes. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closed;
    await sleep(ms, undefined, { ref: false, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async #activate(): Promise<void> {
    if (this.#closed.signal.aborted || this.#state === 'Active') return;
    await this.#context.commit.run(() => this.#context.definitions.setValidated(this.id));
    this.#state = 'Active';
    this.#dispatcher.wake();
  }
}
