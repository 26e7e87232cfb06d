import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  earliestEventPosition,
  EventHubConsumerClient,
  EventHubProducerClient,
  type EventData,
  type EventDataBatch,
} from '@azure/event-hubs';
import type { BrokerDescription } from '../local/eventhubs/broker.ts';
import { ServiceProcess } from '../local/process/serviceProcess.ts';

export interface BrokerFigures {
  events: number;
  /** CPU time of the broker's process per event that came in and went out, microseconds. */
  microsecondsPerEvent: number;
  microsecondsPerEventIn: number;
  microsecondsPerEventOut: number;
  /** What the clients in this process reached, per second of wall time. */
  sentPerSecond: number;
  receivedPerSecond: number;
}

const ENTRY = fileURLToPath(new URL('../local/eventhubs/main.ts', import.meta.url));
const EVENT_BYTES = 500;
const HUB = 'bench';
const KEY = { keyName: 'bench', key: 'bench-key' };
/** Brings the broker's code to its final speed before anything is measured. */
const WARM_UP_EVENTS = 100_000;

/**
 * CPU time that the broker needs per event: official clients in this process send events of 500 bytes in batches of
 * 1 MB to one partition and receive all of them; the broker runs as a process of its own, as in the local stack.
 */
export async function benchBroker({ events }: { events: number }): Promise<BrokerFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'attune-bench-broker-'));
  const broker = new ServiceProcess({
    name: 'eventhubs',
    entry: ENTRY,
    dataDir: join(directory, 'data'),
    logDir: join(directory, 'logs'),
    options: KEY,
    ports: { amqp: 0 },
  });
  try {
    await broker.start();
    await broker.call('putHub', { name: HUB, partitionCount: 1, retentionHours: 1 });
    const endpoint = `Endpoint=sb://127.0.0.1:${broker.ports.amqp}`;
    const credentials = `SharedAccessKeyName=${KEY.keyName};SharedAccessKey=${KEY.key}`;
    return await measure(broker, `${endpoint};${credentials};UseDevelopmentEmulator=true`, events);
  } finally {
    await broker.stop();
    rmSync(directory, { recursive: true });
  }
}

async function measure(broker: ServiceProcess, connectionString: string, events: number): Promise<BrokerFigures> {
  await send(connectionString, WARM_UP_EVENTS);
  await receive(connectionString, 0, WARM_UP_EVENTS);

  const start = await sample(broker);
  await send(connectionString, events);
  const sent = await sample(broker);
  await receive(connectionString, WARM_UP_EVENTS, events);
  const received = await sample(broker);

  const cpuIn = sent.cpu - start.cpu;
  const cpuOut = received.cpu - sent.cpu;
  return {
    events,
    microsecondsPerEvent: (cpuIn + cpuOut) / events,
    microsecondsPerEventIn: cpuIn / events,
    microsecondsPerEventOut: cpuOut / events,
    sentPerSecond: Math.round((events * 1000) / (sent.time - start.time)),
    receivedPerSecond: Math.round((events * 1000) / (received.time - sent.time)),
  };
}

async function sample(broker: ServiceProcess): Promise<{ cpu: number; time: number }> {
  const { cpuMicroseconds } = await broker.call<BrokerDescription>('describe');
  return { cpu: cpuMicroseconds, time: performance.now() };
}

async function send(connectionString: string, events: number): Promise<void> {
  const producer = new EventHubProducerClient(connectionString, HUB);
  const event: EventData = { body: Buffer.alloc(EVENT_BYTES, 'x') };
  try {
    let left = events;
    while (left > 0) {
      const batch = await producer.createBatch({ partitionId: '0' });
      left -= fill(batch, event, left);
      await producer.sendBatch(batch);
    }
  } finally {
    await producer.close();
  }
}

function fill(batch: EventDataBatch, event: EventData, limit: number): number {
  while (batch.count < limit && batch.tryAdd(event));
  return batch.count;
}

async function receive(connectionString: string, from: number, events: number): Promise<void> {
  const consumer = new EventHubConsumerClient('$Default', connectionString, HUB);
  const startPosition = from === 0 ? earliestEventPosition : { sequenceNumber: from, isInclusive: true };
  try {
    await new Promise<void>((resolve, reject) => {
      let received = 0;
      const handlers = {
        processEvents: (batch: unknown[]) => {
          received += batch.length;
          if (received >= events) resolve();
          return Promise.resolve();
        },
        processError: (error: Error) => Promise.resolve(reject(error)),
      };
      consumer.subscribe('0', handlers, { startPosition, maxBatchSize: 5_000, skipParsingBodyAsJson: true });
    });
  } finally {
    await consumer.close();
  }
}
