import type { PartitionContext, ReceivedEventData, Subscription } from '@azure/event-hubs';
import { HostError } from '../../hostError.ts';
import type { FunctionRunner } from '../../invocation/functionRunner.ts';
import { invokeWithRetry } from '../../invocation/retry.ts';
import { errorDetails } from '../../log.ts';
import type { CreateListener, ListenerContext, TriggerListener } from '../listener.ts';
import { batchData, batchMetadata, eventData, eventMetadata } from './eventData.ts';
import { openHubConsumer, startPosition, type HubConsumer, type HubSource } from './hubConsumer.ts';
import { Partition, type Call } from './partition.ts';

/** Seconds after which a quiet link is looked after again; also how late a lost connection is noticed. */
const QUIET_LINK_SECONDS = 5;

/** Listener of an Event Hubs trigger. */
export const eventHubListener: CreateListener = async (runner, context) => {
  const { connection, eventHubName, consumerGroup = '$Default', cardinality = 'one', dataType } = runner.trigger;
  const texts = { connection, eventHubName, consumerGroup };
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value !== 'string' || value === '') {
      throw new HostError(`Function "${runner.name}": its Event Hubs trigger needs the text ${name}.`);
    }
  }
  if (cardinality !== 'many' && cardinality !== 'one') {
    throw new HostError(
      `Function "${runner.name}": cardinality must be "many" or "one", not "${String(cardinality)}".`,
    );
  }
  const source = texts as HubSource;
  const consumer = await openHubConsumer(source, context);
  const shape = { many: cardinality === 'many', binary: String(dataType).toLowerCase() === 'binary' };
  return new EventHubListener({ runner, context, source, consumer, shape });
};

export interface EventHubListenerOptions {
  runner: FunctionRunner;
  context: ListenerContext;
  source: HubSource;
  consumer: HubConsumer;
  /** Many events per call, or one; bodies as bytes, or as texts. */
  shape: { many: boolean; binary: boolean };
}

/** Runs a function over the partitions of a hub that this host owns, side by side. */
export class EventHubListener implements TriggerListener {
  readonly #options: EventHubListenerOptions;
  readonly #partitions = new Map<string, Partition>();
  readonly #stopped = Promise.withResolvers<void>();
  #subscription: Subscription | undefined;
  #stopping = false;

  constructor(options: EventHubListenerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { consumer, context } = this.#options;
    const options = context.hostJson.eventHubs;
    this.#subscription = consumer.subscribe(
      {
        processInitialize: async (partition) => void this.#own(partition),
        processEvents: (events, partition) => this.#receive(events, partition),
        processClose: async (reason, partition) => this.#close(reason, partition),
        processError: async (error, partition) => this.#log('warning', error, 'Receiving failed', partition),
      },
      {
        maxBatchSize: options.maxEventBatchSize,
        prefetchCount: options.prefetchCount,
        maxWaitTimeInSeconds: Math.min(QUIET_LINK_SECONDS, options.maxWaitTimeMs / 1000),
        startPosition: startPosition(options),
        skipParsingBodyAsJson: true,
      },
    );
  }

  /** Running batches end and their checkpoints are written before the links close, so that nothing comes twice. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(Array.from(this.#partitions.values(), (partition) => partition.finish()));
    this.#stopped.resolve();
    await this.#subscription?.close();
    await this.#options.consumer.close();
  }

  async describe(): Promise<Record<string, unknown>> {
    const partitions = await Promise.all(Array.from(this.#partitions.values(), (each) => this.#describe(each)));
    const { eventHubName, consumerGroup } = this.#options.source;
    return { hub: eventHubName, consumerGroup, partitions };
  }

  async #describe({ id, position }: Partition): Promise<Record<string, unknown>> {
    try {
      const { lastEnqueuedSequenceNumber } = await this.#options.consumer.getPartitionProperties(id);
      return { id, position, lag: position === undefined ? undefined : lastEnqueuedSequenceNumber - position };
    } catch (error) {
      return { id, position, unknown: (error as Error).message };
    }
  }

  #own(context: PartitionContext): Partition {
    const partition = new Partition(context, {
      options: this.#options.context.hostJson.eventHubs,
      callsFor: (events) => this.#callsFor(events, context),
      dispatch: (input, stopped) => {
        const { runner, context: host } = this.#options;
        return invokeWithRetry({ runner, input, clock: host.clock, log: host.log, stopped });
      },
      onCheckpointError: (error) => this.#log('error', error, 'The checkpoint could not be written', context),
    });
    this.#partitions.set(context.partitionId, partition);
    this.#options.context.log('information', this.#category, 'Owning a partition', { partition: context.partitionId });
    return partition;
  }

  async #receive(events: readonly ReceivedEventData[], context: PartitionContext): Promise<void> {
    // What is not handled any more has no checkpoint and comes again; holding it here keeps the client from going on.
    if (this.#stopping) return this.#stopped.promise;
    const partition = this.#partitions.get(context.partitionId) ?? this.#own(context);
    await partition.receive(events);
  }

  async #close(reason: string, { partitionId }: PartitionContext): Promise<void> {
    const partition = this.#partitions.get(partitionId);
    if (!partition || this.#stopping) return;
    partition.lose();
    this.#partitions.delete(partitionId);
    this.#options.context.log('information', this.#category, 'Gave up a partition', { partition: partitionId, reason });
  }

  #callsFor(events: readonly ReceivedEventData[], source: PartitionContext): Call[] {
    const { many, binary } = this.#options.shape;
    if (many) {
      return [
        { input: { data: batchData(events, binary), metadata: batchMetadata(events, source) }, last: events.at(-1)! },
      ];
    }
    return events.map((event) => ({
      input: { data: eventData(event, binary), metadata: eventMetadata(event, source) },
      last: event,
    }));
  }

  get #category(): string {
    return `Host.Triggers.EventHubs.${this.#options.runner.name}`;
  }

  #log(level: 'warning' | 'error', error: unknown, message: string, { partitionId }: { partitionId: string }): void {
    const details = { partition: partitionId || undefined, ...errorDetails(error), stack: undefined };
    this.#options.context.log(level, this.#category, message, details);
  }
}
