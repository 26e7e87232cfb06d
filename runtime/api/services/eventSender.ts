import { partitionOf } from '../../contracts/partitionKey.ts';
import { unavailable } from '../http/problem.ts';
import { PartitionSender, type HubProducer } from './partitionSender.ts';
import { RecentKeys } from './recentKeys.ts';
import { SendRounds } from './sendRounds.ts';
import { SendRequest, type OutgoingEvent } from './sendRequest.ts';
import { within } from './within.ts';

export interface Acceptance {
  /** Events that the hub took now. */
  accepted: number;
  /** Events that it had taken before, by their identity. */
  duplicates: number;
}

export interface EventSenderOptions {
  producer: HubProducer;
  /** Told of each failed send. */
  onError(error: unknown): void;
  /** Bytes that may wait in all queues. */
  capacityBytes?: number;
  /** How long a request waits for the hub, ms. */
  patienceMs?: number;
  /** How many accepted events are remembered. */
  remembered?: number;
}

const RETRY_AFTER_SECONDS = 2;

/**
 * Hands events to the hub: each to the partition of its key, so that a person's events stay in order, and in batches of
 * whatever gathered while the batch before was under way. Answers only after the hub has accepted; what it could not
 * accept in time is refused, so nothing is promised and lost.
 */
export class EventSender {
  readonly #producer: HubProducer;
  readonly #onError: (error: unknown) => void;
  readonly #capacityBytes: number;
  readonly #patienceMs: number;
  readonly #accepted: RecentKeys;
  #opening: Promise<PartitionSender[]> | undefined;
  #opened: PartitionSender[] | undefined;
  #queuedBytes = 0;

  constructor({
    producer,
    onError,
    capacityBytes = 64 * 1024 * 1024,
    patienceMs = 10_000,
    remembered = 100_000,
  }: EventSenderOptions) {
    this.#producer = producer;
    this.#onError = onError;
    this.#capacityBytes = capacityBytes;
    this.#patienceMs = patienceMs;
    this.#accepted = new RecentKeys(remembered);
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Resolves when the hub has accepted every event.
   * @throws {Problem} 503 when it did not in time or too much is waiting already; some of the events may have arrived.
   */
  async send(events: readonly OutgoingEvent[]): Promise<Acceptance> {
    const fresh = this.#withoutDuplicates(events);
    const bytes = fresh.reduce((sum, { body }) => sum + body.length, 0);
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#capacityBytes) {
      throw unavailable('Too many events are waiting to be taken. Send them again.', RETRY_AFTER_SECONDS);
    }
    this.#queuedBytes += bytes;
    try {
      if (fresh.length > 0) await this.#sendAll(fresh);
    } finally {
      this.#queuedBytes -= bytes;
    }
    return { accepted: fresh.length, duplicates: events.length - fresh.length };
  }

  /** Waits for what is queued, then closes the connection. */
  async close(): Promise<void> {
    await Promise.all(this.#opened?.map((partition) => partition.idle()) ?? []);
    await this.#producer.close();
  }

  async #sendAll(events: readonly OutgoingEvent[]): Promise<void> {
    const request = new SendRequest({ events: events.length, onAccepted: this.#remember });
    try {
      await within(this.#patienceMs, this.#enqueue(events, request));
    } catch (error) {
      request.cancel();
      this.#onError(error);
      throw unavailable('The events could not be handed on in time. Send them again.', RETRY_AFTER_SECONDS);
    }
  }

  async #enqueue(events: readonly OutgoingEvent[], request: SendRequest): Promise<void> {
    const partitions = this.#opened ?? (await (this.#opening ??= this.#open()));
    for (const event of events) {
      partitions[partitionOf(event.partitionKey, partitions.length)]!.add(event, request);
    }
    await request.done;
  }

  async #open(): Promise<PartitionSender[]> {
    try {
      const ids = await this.#producer.getPartitionIds();
      const sorted = ids.toSorted((a, b) => Number(a) - Number(b));
      const rounds = new SendRounds();
      this.#opened = sorted.map((partitionId) => {
        return new PartitionSender({ producer: this.#producer, partitionId, rounds });
      });
      return this.#opened;
    } finally {
      this.#opening = undefined;
    }
  }

  readonly #remember = (event: OutgoingEvent): void => this.#accepted.add(event.identity);

  #withoutDuplicates(events: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
    if (events.length === 1) return this.#accepted.has(events[0]!.identity) ? [] : events;
    const seen = new Set<string>();
    return events.filter(({ identity }) => {
      if (seen.has(identity) || this.#accepted.has(identity)) return false;
      seen.add(identity);
      return true;
    });
  }
}
