import type { PartitionContext, ReceivedEventData } from '@azure/event-hubs';
import { HostError } from '../../hostError.ts';
import type { FunctionRunner, TriggerInput } from '../../invocation/functionRunner.ts';
import { invokeWithRetry } from '../../invocation/retry.ts';
import { errorDetails, type Log } from '../../log.ts';
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
      throw new HostError(`Its Event Hubs trigger needs the text ${name}.`);
    }
  }
  if (cardinality !== 'many' && cardinality !== 'one') {
    throw new HostError(`cardinality must be "many" or "one", not "${String(cardinality)}".`);
  }
  const source = texts as HubSource;
  const consumer = await openHubConsumer({
    source,
    target: await readConnection(context.settings, source.connection, ['fullyQualifiedNamespace'], missingConnection),
    storage: context.storage,
    instanceId: context.instanceId,
    options: context.hostJson.eventHubs,
  });
  const shape = { many: cardinality === 'many', binary: String(dataType).toLowerCase() === 'binary' };
  return functionHubListener({ runner, context, source, consumer, shape });
};

function missingConnection(name: string): string {
  return (
    `EventHub account connection string with name '${name}' does not exist in the settings. Make sure that it is a ` +
    'defined App Setting.'
  );
}

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
  const { eventHubs } = context.hostJson;
  return new HubListener({
    source,
    consumer,
    // Only functions that take many events collect them.
    options: shape.many ? eventHubs : { ...eventHubs, minEventBatchSize: 1 },
    callsFor: (events, partition) => callsFor(events, partition, shape),
    dispatch: (input, stopped) => invokeWithRetry({ runner, input, clock, log, stopped }),
    confirm: () => confirmHub(consumer, log, runner.name),
    log: (level, message, details) => log(level, `Host.Triggers.EventHubs.${runner.name}`, message, details),
  });
}

/** Refusals of the namespace that no wait can mend. */
const FINAL_ERRORS = ['MessagingEntityNotFoundError', 'UnauthorizedError', 'UnauthorizedAccess'];

/** A namespace that cannot be reached yet is waited for by the client itself. */
async function confirmHub(consumer: HubConsumer, log: Log, functionName: string): Promise<void> {
  try {
    await consumer.getPartitionIds();
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (FINAL_ERRORS.includes(code)) throw new HostError(message);
    log('warning', `Host.Triggers.EventHubs.${functionName}`, 'The hub cannot be reached yet', errorDetails(error));
  }
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
