import type { CloseReason, PartitionContext, ReceivedEventData } from '@azure/event-hubs';
import type { SubscribeOptions, SubscriptionEventHandlers } from '@azure/event-hubs';
import type { HubConsumer } from '../triggers/eventHub/hubConsumer.ts';

/** A hub consumer that a test feeds by hand; it hands over batches one at a time per partition, as the client does. */
export class FakeHub implements HubConsumer {
  readonly checkpoints: Record<string, number> = {};
  readonly closed: string[] = [];
  options: SubscribeOptions | undefined;
  checkpointError: Error | undefined;
  /** When the last checkpoint before this owner was written. */
  checkpointTime: Date | undefined = new Date();
  #handlers: SubscriptionEventHandlers | undefined;

  subscribe(handlers: SubscriptionEventHandlers, options: SubscribeOptions) {
    this.#handlers = handlers;
    this.options = options;
    return { isRunning: true, close: async () => void this.closed.push('subscription') };
  }

  async getPartitionProperties(): Promise<{ lastEnqueuedSequenceNumber: number }> {
    return { lastEnqueuedSequenceNumber: 100 };
  }

  async getPartitionIds(): Promise<string[]> {
    return ['0', '1'];
  }

  async checkpointedAt(): Promise<Date | undefined> {
    return this.checkpointTime;
  }

  async close(): Promise<void> {
    this.closed.push('client');
  }

  async own(partitionId: string): Promise<void> {
    await this.#handlers!.processInitialize!(this.#context(partitionId));
  }

  /** Hands events over; resolves when the trigger is ready for the next. */
  async deliver(partitionId: string, events: ReceivedEventData[]): Promise<void> {
    await this.#handlers!.processEvents(events, this.#context(partitionId));
  }

  /** Receiving fails; resolves with whether the client would receive again instead of giving the partition up. */
  async fail(partitionId: string, error: Error & { retryable?: boolean }): Promise<boolean> {
    await this.#handlers!.processError(error, this.#context(partitionId));
    return error.retryable === true;
  }

  async lose(partitionId: string): Promise<void> {
    await this.#handlers!.processClose!('OwnershipLost' as CloseReason, this.#context(partitionId));
  }

  #context(partitionId: string): PartitionContext {
    return {
      fullyQualifiedNamespace: 'ns',
      eventHubName: 'hub',
      consumerGroup: 'group',
      partitionId,
      updateCheckpoint: async (event) => {
        if (this.checkpointError) throw this.checkpointError;
        this.checkpoints[partitionId] = event.sequenceNumber;
      },
    };
  }
}
