import type { PartitionContext, ReceivedEventData } from '@azure/event-hubs';
import type { RetriedOutcome } from '../../invocation/retry.ts';
import type { EventHubsOptions } from '../../settings/hostJson.ts';

/** One call of what the trigger starts, and the last event that it covers. */
export interface Call<Input> {
  input: Input;
  last: ReceivedEventData;
}

export interface PartitionOptions<Input> {
  options: EventHubsOptions;
  /** How a batch becomes calls: one for all events, or one per event. */
  callsFor(events: readonly ReceivedEventData[]): Call<Input>[];
  /** Makes a call; `cutOff` ends the waits between its tries. */
  dispatch(input: Input, cutOff: AbortSignal): Promise<RetriedOutcome>;
  /** A checkpoint could not be written; a later one will do. */
  onCheckpointError(error: unknown): void;
}

/**
 * One owned partition: one batch at a time. After a batch its position is the checkpoint, whether the function succeeded
 * or not; only a batch that was cut off, by the loss of the partition or by the end of the host, comes again.
 */
export class Partition<Input> {
  readonly #context: PartitionContext;
  readonly #options: PartitionOptions<Input>;
  readonly #cutOff = new AbortController();
  #waiting: ReceivedEventData[] = [];
  #waitingSince = 0;
  #processed: ReceivedEventData | undefined;
  #checkpointed: ReceivedEventData | undefined;
  #batches = 0;
  #busy: Promise<void> = Promise.resolve();

  constructor(context: PartitionContext, options: PartitionOptions<Input>) {
    this.#context = context;
    this.#options = options;
  }

  get id(): string {
    return this.#context.partitionId;
  }

  /** Sequence number of the last event that was handled; undefined before the first one of this ownership. */
  get position(): number | undefined {
    return this.#processed?.sequenceNumber;
  }

  /** Takes what the client received (nothing, when its wait ended) and resolves when the function has handled it. */
  async receive(events: readonly ReceivedEventData[]): Promise<void> {
    const { minEventBatchSize, maxWaitTimeMs, maxEventBatchSize } = this.#options.options;
    if (this.#waiting.length === 0) this.#waitingSince = performance.now();
    this.#waiting.push(...events);
    const waitedLongEnough = performance.now() - this.#waitingSince >= maxWaitTimeMs;
    if (this.#waiting.length === 0 || (this.#waiting.length < minEventBatchSize && !waitedLongEnough)) return;
    const taken = this.#waiting;
    this.#waiting = [];
    this.#busy = this.#handle(taken, maxEventBatchSize);
    await this.#busy;
  }

  /** The partition belongs to someone else now: what runs ends by itself, without a checkpoint. */
  lose(): void {
    this.#cutOff.abort();
  }

  /** Waits for the running batch and writes the checkpoint that is due; a wait for the next try of a batch ends. */
  async finish(): Promise<void> {
    this.#cutOff.abort();
    await this.#busy;
    await this.#checkpoint();
  }

  async #handle(events: readonly ReceivedEventData[], largest: number): Promise<void> {
    for (let start = 0; start < events.length; start += largest) {
      const batch = events.slice(start, start + largest);
      for (const { input, last } of this.#options.callsFor(batch)) {
        if ((await this.#options.dispatch(input, this.#cutOff.signal)) === 'cut off') return;
        this.#processed = last;
        if (this.#cutOff.signal.aborted) return;
      }
      this.#batches += 1;
      if (this.#batches % this.#options.options.batchCheckpointFrequency === 0) await this.#checkpoint();
    }
  }

  async #checkpoint(): Promise<void> {
    const event = this.#processed;
    if (!event || event === this.#checkpointed) return;
    try {
      await this.#context.updateCheckpoint(event);
      this.#checkpointed = event;
    } catch (error) {
      this.#options.onCheckpointError(error);
    }
  }
}
