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
  /** When the last checkpoint was written; undefined: never. Asked once, if events are collected. */
  checkpointedAt(): Promise<Date | undefined>;
  /** A checkpoint could not be written; a later one will do. */
  onCheckpointError(error: unknown): void;
}

/**
 * One owned partition: one call at a time. After so many calls as `batchCheckpointFrequency` says the position is the
 * checkpoint, whether they succeeded or not. What came after the last checkpoint comes again to the next owner, and so
 * does a call that was cut off, by the loss of the partition or by the end of the host.
 */
export class Partition<Input> {
  readonly #context: PartitionContext;
  readonly #options: PartitionOptions<Input>;
  readonly #cutOff = new AbortController();
  #lost = false;
  #waiting: ReceivedEventData[] = [];
  #waitingSince = 0;
  #longestWaitMs: number | undefined;
  #processed: ReceivedEventData | undefined;
  #sinceCheckpoint = 0;
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
    const { minEventBatchSize, maxEventBatchSize } = this.#options.options;
    if (this.#waiting.length === 0) this.#waitingSince = performance.now();
    this.#waiting.push(...events);
    if (this.#waiting.length === 0) return;
    if (this.#waiting.length < minEventBatchSize && !(await this.#waitedLongEnough())) return;
    const taken = this.#waiting;
    this.#waiting = [];
    this.#busy = this.#handle(taken, maxEventBatchSize);
    await this.#busy;
  }

  /** The partition belongs to someone else now: what runs ends by itself, without a checkpoint. */
  lose(): void {
    this.#lost = true;
    this.#cutOff.abort();
  }

  /** Lets the running call end, with the checkpoint that is due after it; a wait for its next try ends. */
  async finish(): Promise<void> {
    this.#cutOff.abort();
    await this.#busy;
  }

  /** The first call counts its wait from the last checkpoint, so that a change of owners delays nothing for long. */
  async #waitedLongEnough(): Promise<boolean> {
    const { maxWaitTimeMs } = this.#options.options;
    this.#longestWaitMs ??= await this.#firstWaitMs();
    const longest = this.#processed ? maxWaitTimeMs : this.#longestWaitMs;
    return performance.now() - this.#waitingSince >= longest;
  }

  async #firstWaitMs(): Promise<number> {
    const checkpointedAt = await this.#options.checkpointedAt();
    if (!checkpointedAt) return 0;
    return Math.max(0, this.#options.options.maxWaitTimeMs - (Date.now() - checkpointedAt.getTime()));
  }

  async #handle(events: readonly ReceivedEventData[], largest: number): Promise<void> {
    for (let start = 0; start < events.length; start += largest) {
      const batch = events.slice(start, start + largest);
      for (const { input, last } of this.#options.callsFor(batch)) {
        if ((await this.#options.dispatch(input, this.#cutOff.signal)) === 'cut off') return;
        this.#processed = last;
        if (this.#lost) return;
        await this.#checkpointIfDue(last);
        if (this.#cutOff.signal.aborted) return;
      }
    }
  }

  async #checkpointIfDue(event: ReceivedEventData): Promise<void> {
    this.#sinceCheckpoint += 1;
    if (this.#sinceCheckpoint < this.#options.options.batchCheckpointFrequency) return;
    try {
      await this.#context.updateCheckpoint(event);
      this.#sinceCheckpoint = 0;
    } catch (error) {
      this.#options.onCheckpointError(error);
    }
  }
}
