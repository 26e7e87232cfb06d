import {
  earliestEventPosition,
  type EventHubConsumerClient,
  type EventPosition,
  type MessagingError,
  type PartitionContext,
  type ReceivedEventData,
  type SubscribeOptions,
} from '@azure/event-hubs';

export interface CollectOptions extends SubscribeOptions {
  count: number;
  partition?: string;
  start?: EventPosition;
}

/** The first `count` events from a position on, all partitions or one; fails with the first error of the client. */
export async function collect(
  client: EventHubConsumerClient,
  { count, partition, start = earliestEventPosition, ...options }: CollectOptions,
): Promise<ReceivedEventData[]> {
  const events: ReceivedEventData[] = [];
  const settings = { maxBatchSize: 100, maxWaitTimeInSeconds: 1, startPosition: start, ...options };
  let close = () => Promise.resolve();
  try {
    await new Promise<void>((resolve, reject) => {
      const handlers = {
        processEvents: (batch: ReceivedEventData[]) => {
          events.push(...batch);
          if (events.length >= count) resolve();
          return Promise.resolve();
        },
        processError: (error: Error) => Promise.resolve(reject(error)),
      };
      const subscription = partition
        ? client.subscribe(partition, handlers, settings)
        : client.subscribe(handlers, settings);
      close = () => subscription.close();
    });
  } finally {
    await close();
  }
  return events;
}

/** A subscription to one partition that runs until it is closed, with everything that happens to it. */
export class Listener {
  readonly events: ReceivedEventData[] = [];
  readonly errors: (Error & { code?: string })[] = [];
  readonly closeReasons: string[] = [];
  readonly #subscription: { close(): Promise<void> };
  #context: PartitionContext | undefined;
  #waiting: (() => void)[] = [];

  constructor(client: EventHubConsumerClient, partition: string, options: SubscribeOptions = {}) {
    const handlers = {
      processEvents: (batch: ReceivedEventData[], context: PartitionContext) => {
        this.#context = context;
        this.events.push(...batch);
        return this.#changed();
      },
      processError: (error: Error | MessagingError) => {
        this.errors.push(error);
        return this.#changed();
      },
      processClose: (reason: string) => {
        this.closeReasons.push(reason);
        return this.#changed();
      },
    };
    const defaults = { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 0.2 };
    this.#subscription = client.subscribe(partition, handlers, { ...defaults, ...options });
  }

  /** Of the latest batch. */
  get context(): PartitionContext | undefined {
    return this.#context;
  }

  /** Waits until `condition` holds after something has happened. */
  async until(condition: (listener: Listener) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): Promise<void> {
    return this.#subscription.close();
  }

  #changed(): Promise<void> {
    for (const resume of this.#waiting.splice(0)) resume();
    return Promise.resolve();
  }
}
