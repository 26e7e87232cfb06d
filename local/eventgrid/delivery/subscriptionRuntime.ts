import type { Clock } from '../clock.ts';
import type { GridEvent, SubscriptionDefinition, TopicDefinition } from '../model.ts';
import { topicResourceId } from '../publish/readEvents.ts';
import type { DefinitionStore, StoredSubscription } from '../store/definitions.ts';
import type { DeliveryStore } from '../store/deliveries.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import { matchesFilter } from '../subscriptions/filter.ts';
import { DeadLetterQueue } from './deadLetterQueue.ts';
import { DeadLetterSink } from './deadLetterSink.ts';
import { openDestination } from './destination.ts';
import type { Disorder } from './disorder.ts';
import { Dispatcher } from './dispatcher.ts';
import { EndpointValidation } from './endpointValidation.ts';

/** Settings that all subscriptions share. */
export interface DeliverySettings {
  clock: Clock;
  /** In [0, 1), for the random share of waits. */
  random(): number;
  /** Event Grid waits this long for an answer. */
  timeoutMs: number;
  /** Requests to one destination under way at once. */
  concurrency: number;
  disorder: Disorder;
}

export interface RuntimeContext {
  definitions: DefinitionStore;
  deliveries: DeliveryStore;
  commit: GroupCommit;
  settings: DeliverySettings;
  /** Base address of this service, for validation links. */
  baseUrl: string;
}

/** A subscription at work: proves its destination, then delivers until it expires. */
export class SubscriptionRuntime {
  readonly id: number;
  readonly definition: SubscriptionDefinition;
  readonly #topic: TopicDefinition;
  readonly #context: RuntimeContext;
  readonly #deadLetters: DeadLetterQueue | undefined;
  readonly #dispatcher: Dispatcher;
  /** Absent where the destination needs no proof or has given it. */
  readonly #validation: EndpointValidation | undefined;
  readonly #requestsPerMinute: number | undefined;
  readonly #expiresAt: number;

  constructor(args: { stored: StoredSubscription; topic: TopicDefinition; context: RuntimeContext }) {
    const { stored, topic, context } = args;
    const { id, definition } = stored;
    this.id = id;
    this.definition = definition;
    this.#topic = topic;
    this.#context = context;
    this.#requestsPerMinute = stored.requestsPerMinute;
    this.#expiresAt = definition.expirationTimeUtc === undefined ? Infinity : Date.parse(definition.expirationTimeUtc);
    this.#deadLetters = this.#openDeadLetters();
    const { deliveries: store, commit, settings } = context;
    this.#dispatcher = new Dispatcher({
      ...settings,
      id,
      subscription: definition,
      schema: this.#schema,
      destination: openDestination({ subscription: definition, timeoutMs: settings.timeoutMs }),
      deadLetters: this.#deadLetters,
      store,
      commit,
    });
    if (!stored.validated) this.#validation = this.#openValidation();
  }

  /** Begins to deliver, after the handshake where one is needed. */
  start(): void {
    this.#deadLetters?.wake();
    if (this.#validation) {
      this.#validation.start();
      this.#dispatcher.wake();
    } else this.#dispatcher.open(this.#requestsPerMinute);
  }

  /** True if the subscription receives an event that is published now. */
  matches(event: GridEvent): boolean {
    if (this.#validation?.state === 'Failed' || this.#isExpired) return false;
    return matchesFilter(event, this.definition.filter);
  }

  /** When an event that is published now is due. */
  firstAttempt(event: GridEvent): number {
    const { disorder, clock } = this.#context.settings;
    return disorder.firstAttempt(clock.now(), this.definition.name, String(event.body.id));
  }

  wake(): void {
    this.#dispatcher.wake();
  }

  /** Someone opened the validation link. False if it is not valid. */
  async confirm(code: string, requestsPerMinute: number | undefined): Promise<boolean> {
    return this.#validation ? this.#validation.confirm(code, requestsPerMinute) : false;
  }

  describe(): Record<string, unknown> {
    const { deliveries, settings } = this.#context;
    const lastError = this.#validation?.reason ?? this.#dispatcher.lastFailure;
    const next = deliveries.nextDue(this.id, settings.clock.now());
    return {
      name: this.definition.name,
      destination: this.definition.destination.type,
      provisioningState: this.#validation?.state ?? 'Succeeded',
      ...(this.#isExpired && { expired: true }),
      ...deliveries.counts(this.id),
      ...(next !== undefined && { nextAttempt: new Date(next).toISOString() }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  async stop(): Promise<void> {
    await this.#validation?.stop();
    await this.#dispatcher.stop();
    await this.#deadLetters?.stop();
  }

  get #schema() {
    return this.definition.deliverySchema ?? this.#topic.inputSchema;
  }

  get #isExpired(): boolean {
    return this.#context.settings.clock.now() >= this.#expiresAt;
  }

  #openDeadLetters(): DeadLetterQueue | undefined {
    const { deadLetter, name } = this.definition;
    if (!deadLetter) return undefined;
    const { deliveries: store, commit, settings } = this.#context;
    return new DeadLetterQueue({
      id: this.id,
      sink: new DeadLetterSink({ deadLetter, subscription: name, schema: this.#schema }),
      store,
      commit,
      clock: settings.clock,
      onFailure: (reason) => {
        this.#dispatcher.lastFailure = reason;
      },
    });
  }

  #openValidation(): EndpointValidation | undefined {
    const { destination, name } = this.definition;
    if (destination.type !== 'WebHook') return undefined;
    const { settings, baseUrl, commit, definitions } = this.#context;
    return new EndpointValidation({
      target: {
        url: destination.url,
        schema: this.#schema,
        topicId: topicResourceId(this.#topic),
        subscription: name,
      },
      timeoutMs: settings.timeoutMs,
      clock: settings.clock,
      validationUrl: (code) => {
        const query = new URLSearchParams({ topic: this.#topic.name, id: code });
        return `${baseUrl}/eventsubscriptions/${name}/validate?${query}`;
      },
      onAgreed: async (requestsPerMinute) => {
        await commit.run(() => definitions.setValidated(this.id, requestsPerMinute));
        this.#dispatcher.open(requestsPerMinute);
      },
    });
  }
}
