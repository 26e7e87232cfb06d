import type { PartitionContext, ReceivedEventData } from '@azure/event-hubs';
import { HostError } from '../../hostError.ts';
import type { FunctionRunner, TriggerInput } from '../../invocation/functionRunner.ts';
import { invokeWithRetry } from '../../invocation/retry.ts';
import { readConnection } from '../../settings/connection.ts';
import type { CreateListener, ListenerContext } from '../listener.ts';
import { batchData, batchMetadata, eventData, eventMetadata } from './eventData.ts';
import { openHubConsumer, type HubConsumer, type HubSource } from './hubConsumer.ts';
import { HubListener } from './hubListener.ts';
import type { Call } from './partition.ts';

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
  const consumer = await openHubConsumer({
    source,
    target: await readConnection(context.settings, source.connection, ['fullyQualifiedNamespace']),
    storage: context.storage,
    instanceId: context.instanceId,
    options: context.hostJson.eventHubs,
  });
  const shape = { many: cardinality === 'many', binary: String(dataType).toLowerCase() === 'binary' };
  return functionHubListener({ runner, context, source, consumer, shape });
};

export interface FunctionHubOptions {
  runner: FunctionRunner;
  context: ListenerContext;
  source: HubSource;
  consumer: HubConsumer;
  /** Many events per call, or one; bodies as bytes, or as texts. */
  shape: { many: boolean; binary: boolean };
}

/** Runs a function over the partitions of a hub, by its retry policy. */
export function functionHubListener(options: FunctionHubOptions): HubListener<TriggerInput> {
  const { runner, context, source, consumer, shape } = options;
  const { clock, log } = context;
  return new HubListener({
    source,
    consumer,
    options: context.hostJson.eventHubs,
    callsFor: (events, partition) => callsFor(events, partition, shape),
    dispatch: (input, stopped) => invokeWithRetry({ runner, input, clock, log, stopped }),
    log: (level, message, details) => log(level, `Host.Triggers.EventHubs.${runner.name}`, message, details),
  });
}

function callsFor(
  events: readonly ReceivedEventData[],
  source: PartitionContext,
  { many, binary }: FunctionHubOptions['shape'],
): Call<TriggerInput>[] {
  if (many) {
    const input = { data: batchData(events, binary), metadata: batchMetadata(events, source) };
    return [{ input, last: events.at(-1)! }];
  }
  return events.map((event) => ({
    input: { data: eventData(event, binary), metadata: eventMetadata(event, source) },
    last: event,
  }));
}
