import { setTimeout as sleep } from 'node:timers/promises';
import type { PartitionContext, ReceivedEventData, Subscription } from '@azure/event-hubs';
import type { RetriedOutcome } from '../../invocation/retry.ts';
import { errorDetails } from '../../log.ts';
import type { EventHubsOptions } from '../../settings/hostJson.ts';
import type { TriggerListener } from '../listener.ts';
import { startPosition, type HubConsumer } from './hubConsumer.ts';
import { Partition, type Call } from './partition.ts';

/** Seconds after which a quiet link is looked after again; also how late a lost connection is noticed. */
const QUIET_LINK_SECONDS = 5;
/** The client's code for the loss of a partition to another reader. */
const TAKEN_BY_ANOTHER = 'ReceiverDisconnectedError';
/** Pause between two tries to receive while it fails, ms. */
const RECEIVE_AGAIN_MS = 500;

export interface HubListenerOptions<Input> {
  source: { eventHubName: string; consumerGroup: string };
  consumer: HubConsumer;
  options: EventHubsOptions;
  /** How a batch of a partition becomes calls. */
  callsFor(events: readonly ReceivedEventData[], partition: PartitionContext): Call<Input>[];
  /** Makes a call and its further tries; `cutOff` ends the waits between them. */
  dispatch(input: Input, cutOff: AbortSignal): Promise<RetriedOutcome>;
  /** Throws when there is no such hub; asked before anything is received. */
  confirm?(): Promise<void>;
  log(level: 'information' | 'warning' | 'error', message: string, details: Record<string, unknown>): void;
}

/** Makes calls of the events of the partitions that this host owns, side by side; order is kept within a partition. */
export class HubListener<Input> implements TriggerListener {
  readonly #options: HubListenerOptions<Input>;
  readonly #partitions = new Map<string, Partition<Input>>();
  readonly #stopped = Promise.withResolvers<void>();
  #subscription: Subscription | undefined;
  #stopping = false;

  constructor(options: HubListenerOptions<Input>) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { consumer, options, confirm } = this.#options;
    await confirm?.();
    this.#subscription = consumer.subscribe(
      {
        processInitialize: async (partition) => void this.#own(partition),
        processEvents: (events, partition) => this.#receive(events, partition),
        processClose: async (reason, partition) => this.#close(reason, partition),
        processError: (error, partition) => this.#tryAgain(error, partition),
      },
      {
        maxBatchSize: options.maxEventBatchSize,
        prefetchCount: options.prefetchCount,
        maxWaitTimeInSeconds: Math.min(QUIET_LINK_SECONDS, options.maxWaitTimeMs / 1000),
        startPosition: startPosition(options),
        trackLastEnqueuedEventProperties: options.trackLastEnqueuedEventProperties,
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

  async #describe({ id, position }: Partition<Input>): Promise<Record<string, unknown>> {
    try {
      const { lastEnqueuedSequenceNumber } = await this.#options.consumer.getPartitionProperties(id);
      return { id, position, lag: position === undefined ? undefined : lastEnqueuedSequenceNumber - position };
    } catch (error) {
      return { id, position, unknown: (error as Error).message };
    }
  }

  #own(context: PartitionContext): Partition<Input> {
    const { options, callsFor, dispatch, log } = this.#options;
    const partition = new Partition<Input>(context, {
      options,
      callsFor: (events) => callsFor(events, context),
      dispatch,
      checkpointedAt: () => this.#options.consumer.checkpointedAt(context.partitionId),
      onCheckpointError: (error) => this.#warn('error', error, 'The checkpoint could not be written', context),
    });
    this.#partitions.set(context.partitionId, partition);
    log('information', 'Owning a partition', { partition: context.partitionId });
    return partition;
  }

  async #receive(events: readonly ReceivedEventData[], context: PartitionContext): Promise<void> {
    // What is not handled any more has no checkpoint and comes again; holding it here keeps the client from going on.
    if (this.#stopping) return this.#stopped.promise;
    const partition = this.#partitions.get(context.partitionId) ?? this.#own(context);
    await partition.receive(events);
  }

  /**
   * The client receives again after errors that it calls retryable, and gives a partition up after others until ownerships
   * are next looked at. A refused connection is among the others. Azure's own host goes on trying whatever it was, unless
   * the partition was taken by another reader.
   */
  async #tryAgain(error: Error & { code?: string; retryable?: boolean }, partition: PartitionContext): Promise<void> {
    this.#warn('warning', error, 'Receiving failed', partition);
    if (error.code === TAKEN_BY_ANOTHER || this.#stopping) return;
    error.retryable = true;
    await Promise.race([sleep(RECEIVE_AGAIN_MS), this.#stopped.promise]);
  }

  async #close(reason: string, { partitionId }: PartitionContext): Promise<void> {
    const partition = this.#partitions.get(partitionId);
    if (!partition || this.#stopping) return;
    partition.lose();
    this.#partitions.delete(partitionId);
    this.#options.log('information', 'Gave up a partition', { partition: partitionId, reason });
  }

  #warn(level: 'warning' | 'error', error: unknown, message: string, { partitionId }: { partitionId: string }): void {
    const details = { partition: partitionId || undefined, ...errorDetails(error), stack: undefined };
    this.#options.log(level, message, details);
  }
}
