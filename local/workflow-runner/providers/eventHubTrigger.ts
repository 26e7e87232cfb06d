import type { ReceivedEventData } from '@azure/event-hubs';
import { pause } from '../../functions-host/invocation/pause.ts';
import type { RetriedOutcome } from '../../functions-host/invocation/retry.ts';
import { openHubConsumer } from '../../functions-host/triggers/eventHub/hubConsumer.ts';
import { HubListener } from '../../functions-host/triggers/eventHub/hubListener.ts';
import { parseJson, type Json, type JsonObject } from '../json.ts';
import { eventHubTarget } from './eventHubTarget.ts';
import type { ProviderListener, TriggerContext } from './provider.ts';

const DEFAULT_GROUP = '$Default';
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * The trigger `receiveEvents`: fires once for each batch of a partition, in order, with the events as the body. The
 * checkpoint follows when the batch's runs are durable, so after a crash between the two a batch comes again:
 * at-least-once.
 */
export async function listenToHub(context: TriggerContext): Promise<ProviderListener> {
  const { connectionName, connection, parameters, storage, instanceId, eventHubs } = context;
  const source = {
    connection: connectionName,
    eventHubName: String(parameters.eventHubName),
    consumerGroup: String(parameters.consumerGroup ?? DEFAULT_GROUP),
  };
  const target = eventHubTarget(connection);
  const consumer = await openHubConsumer({ source, target, storage, instanceId, options: eventHubs });
  const listener = new HubListener<JsonObject>({
    source,
    consumer,
    options: eventHubs,
    callsFor: (events) => [{ input: { body: events.map(outputOf) }, last: events.at(-1)! }],
    dispatch: (outputs, cutOff) => fireUntilDurable(context, outputs, cutOff),
    log: (level, message, { partition, error }) => {
      if (level !== 'information') context.warn(`${message} (partition ${String(partition)}): ${String(error)}`);
    },
  });
  await listener.start();
  return listener;
}

/** What cannot be written down must not be lost: the partition waits until the runs are durable. */
async function fireUntilDurable(
  context: TriggerContext,
  outputs: JsonObject,
  cutOff: AbortSignal,
): Promise<RetriedOutcome> {
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      await context.fire(outputs, cutOff);
      return 'succeeded';
    } catch (error) {
      if (cutOff.aborted) return 'cut off';
      context.warn(`A batch could not be taken, it is tried again: ${(error as Error).message}`);
    }
    await pause(wait, cutOff);
    if (cutOff.aborted) return 'cut off';
  }
}

/** One event as workflows see it. */
function outputOf({ body, properties }: ReceivedEventData): JsonObject {
  return { contentData: contentOf(body), Properties: (properties ?? {}) as JsonObject };
}

/** JSON as its value, other text as it is, anything else in base64. */
function contentOf(body: unknown): Json {
  if (!(body instanceof Uint8Array)) return (body ?? null) as Json;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('utf8');
  try {
    return parseJson(text);
  } catch {
    return Buffer.from(text).equals(bytes) ? text : bytes.toString('base64');
  }
}
