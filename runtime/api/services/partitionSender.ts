import type { OutgoingEvent, SendRequest } from './sendRequest.ts';
import type { SendRounds } from './sendRounds.ts';

/** A batch of one partition, limited in bytes by the hub. */
export interface HubBatch {
  readonly count: number;
  /** False when the event does not fit any more. */
  tryAdd(event: { body: Buffer; contentType?: string }): boolean;
}

/** What is used of `EventHubProducerClient`. */
export interface HubProducer {
  getPartitionIds(): Promise<string[]>;
  createBatch(options?: { partitionId?: string }): Promise<HubBatch>;
  sendBatch(batch: HubBatch): Promise<void>;
  close(): Promise<void>;
}

interface QueuedEvent {
  event: OutgoingEvent;
  request: SendRequest;
}

/** Content type of one CloudEvent as JSON (CloudEvents AMQP binding, structured mode). */
const CLOUD_EVENT = 'application/cloudevents+json';

export interface PartitionSenderOptions {
  producer: HubProducer;
  partitionId: string;
  rounds: SendRounds;
}

/**
 * Sends the events of one partition in order, one batch at a time. While a batch is under way the next one gathers, so
 * batches grow with the load and a lone event waits for nothing.
 */
export class PartitionSender {
  readonly #producer: HubProducer;
  readonly #partitionId: string;
  readonly #rounds: SendRounds;
  #queue: QueuedEvent[] = [];
  /** Queued events are going to be sent, or are under way. */
  #busy = false;
  #onIdle: (() => void)[] = [];

  constructor({ producer, partitionId, rounds }: PartitionSenderOptions) {
    this.#producer = producer;
    this.#partitionId = partitionId;
    this.#rounds = rounds;
  }

  add(event: OutgoingEvent, request: SendRequest): void {
    this.#queue.push({ event, request });
    if (this.#busy) return;
    this.#busy = true;
    this.#rounds.join(this.#sendQueued);
  }

  /** Resolves when nothing is queued or under way. */
  async idle(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  readonly #sendQueued = async (): Promise<void> => {
    const waiting = this.#queue;
    this.#queue = [];
    let next = 0;
    while (next < waiting.length) next = await this.#sendBatch(waiting, next);
    if (this.#queue.length > 0) return this.#rounds.join(this.#sendQueued);
    this.#busy = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  };

  /** Sends as many events from `first` on as one batch takes. Returns the index of the first event not dealt with. */
  async #sendBatch(waiting: readonly QueuedEvent[], first: number): Promise<number> {
    const taken: QueuedEvent[] = [];
    let next = first;
    try {
      const batch = await this.#producer.createBatch({ partitionId: this.#partitionId });
      for (; next < waiting.length; next += 1) {
        const queued = waiting[next]!;
        if (queued.request.cancelled) continue;
        if (!batch.tryAdd({ body: queued.event.body, contentType: CLOUD_EVENT })) break;
        taken.push(queued);
      }
      if (taken.length === 0) return this.#skipOversized(waiting, next);
      await this.#producer.sendBatch(batch);
    } catch (error) {
      // What waited behind would fail as slowly: its senders are told at once.
      for (const { request } of waiting.slice(first)) request.failed(error);
      return waiting.length;
    }
    for (const { event, request } of taken) request.accepted(event);
    return next;
  }

  /** An empty batch took nothing: either nothing was left to send, or the next event alone is too large. */
  #skipOversized(waiting: readonly QueuedEvent[], next: number): number {
    waiting[next]?.request.failed(new Error(`Partition ${this.#partitionId} takes no event of this size.`));
    return next + 1;
  }
}
