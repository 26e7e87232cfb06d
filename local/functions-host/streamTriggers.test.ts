import { EventHubProducerClient } from '@azure/event-hubs';
import type { BlockBlobClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEveryTriggerHost, TEST_HUB, type EveryTriggerHost } from './testing/everyTriggerHost.ts';
import { waitFor } from './testing/waitFor.ts';

let every: EveryTriggerHost;
let producer: EventHubProducerClient;

beforeAll(async () => {
  every = await startEveryTriggerHost();
  producer = new EventHubProducerClient(every.settings.EventHubs!, TEST_HUB.name);
});

afterAll(async () => {
  await producer.close();
  await every.end();
});

beforeEach(() => {
  every.recorder.failing.clear();
});

async function send(numbers: number[], partitionId = '0'): Promise<void> {
  const events = numbers.map((n) => ({ body: { n } }));
  await producer.sendBatch(events, { partitionId });
}

function received(): { n: number }[] {
  return every.recorder.of('events').flatMap(({ input }) => input as { n: number }[]);
}

async function upsert(id: string): Promise<void> {
  await every.services.cosmos.database('db').container('watched').items.upsert({ id });
}

function changes(): string[] {
  return every.recorder.of('changes').flatMap(({ input }) => (input as { id: string }[]).map(({ id }) => id));
}

function timerStatus(): BlockBlobClient {
  return every.services.blobs
    .getContainerClient('azure-webjobs-hosts')
    .getBlockBlobClient('timers/local/Host.Functions.tick/status');
}

describe('eventHub', () => {
  const position = async () => {
    const { partitions } = (await every.describe('events')) as unknown as {
      partitions: { id: string; position?: number; lag?: number }[];
    };
    return partitions.find(({ id }) => id === '0');
  };
  const checkpoint = async () => {
    const container = every.services.blobs.getContainerClient('azure-webjobs-eventhub');
    const blob = container.getBlobClient(`127.0.0.1/${TEST_HUB.name}/group/checkpoint/0`);
    return (await blob.exists()) ? Number((await blob.getProperties()).metadata?.sequencenumber) : undefined;
  };

  it('delivers batches with their metadata and writes checkpoints', async () => {
    await send(Array.from({ length: 120 }, (_, n) => n));
    await waitFor('120 events', () => received().length === 120);
    expect(received().map(({ n }) => n)).toEqual(Array.from({ length: 120 }, (_, n) => n));
    const calls = every.recorder.of('events');
    expect(calls.every(({ input }) => (input as unknown[]).length <= 50)).toBe(true);
    expect(calls[0]?.metadata).toMatchObject({
      partitionContext: { eventHubName: TEST_HUB.name, consumerGroup: 'group', partitionId: '0' },
    });
    expect((calls[0]?.metadata?.sequenceNumberArray as number[])[0]).toBe(0);
    expect(await waitFor('the checkpoint', async () => (await checkpoint()) === 119)).toBe(true);
    expect(await position()).toEqual({ id: '0', position: 119, lag: 0 });
  });

  it('retries inside the partition and then moves on, whatever came of it', async () => {
    every.recorder.calls.length = 0;
    every.recorder.failing.set('events', 1);
    await send([1000]);
    await waitFor('the second try', () => every.recorder.of('events').length === 2);
    expect(every.recorder.of('events').map(({ retry }) => retry?.retryCount)).toEqual([0, 1]);
    await waitFor('the checkpoint', async () => (await checkpoint()) === 120);
  });

  it('takes no more events than prefetchCount while the function is slow', async () => {
    every.recorder.calls.length = 0;
    // Every read asks for credit; many small ones before a burst must not add up.
    for (let n = 0; n < 15; n++) {
      await send([n], '1');
      await waitFor('the event', () => received().length === n + 1);
    }
    const gate = Promise.withResolvers<void>();
    every.recorder.hold = gate.promise;
    const before = every.services.broker.describe().eventsOut;
    for (let part = 0; part < 8; part++)
      await send(
        Array.from({ length: 250 }, (_, n) => 100 + n),
        '1',
      );
    await waitFor('the first of them', () => received().length > 15);
    const taken = await waitFor('a standstill', async () => {
      const { eventsOut } = every.services.broker.describe();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return every.services.broker.describe().eventsOut === eventsOut && eventsOut - before;
    });
    gate.resolve();
    expect(taken).toBeLessThanOrEqual(300);
    await waitFor('the rest', () => received().length === 15 + 8 * 250);
  });

  it('delivers again what a killed host had not checkpointed', async () => {
    every.recorder.calls.length = 0;
    every.recorder.failing.set('events', Infinity);
    await send([7]);
    await waitFor('the failing try', () => received().length > 0);
    every.host.process.process.kill('SIGKILL');
    every.recorder.failing.clear();
    every.recorder.calls.length = 0;
    await waitFor('the event again', () => received().some(({ n }) => n === 7));
  });
});

describe('cosmosDB', () => {
  it('follows the change feed in pieces', async () => {
    every.recorder.calls.length = 0;
    for (let n = 0; n < 25; n++) await upsert(`d${n}`);
    await waitFor('25 changes', () => changes().length >= 25);
    expect(changes()).toEqual(Array.from({ length: 25 }, (_, n) => `d${n}`));
    expect(every.recorder.of('changes').every(({ input }) => (input as unknown[]).length <= 10)).toBe(true);
    expect(await every.describe('changes')).toMatchObject({ container: 'watched', leases: [{ owned: true }] });
  });

  it('moves on after its tries even when the function failed', async () => {
    every.recorder.calls.length = 0;
    every.recorder.failing.set('changes', 3);
    await upsert('failing');
    await waitFor('three tries', () => every.recorder.of('changes').length === 3);
    await upsert('next');
    await waitFor('the next change', () => changes().includes('next'));
    expect(changes()).toEqual(['failing', 'failing', 'failing', 'next']);
  });
});

describe('a host that is stopped and started again', () => {
  beforeAll(async () => {
    every.recorder.calls.length = 0;
    await send([1]);
    await waitFor('the event', () => received().length === 1);
    await every.host.process.stop();
    await send([2, 3]);
    await upsert('while-away');
    const missed = { Last: '2000-01-01T00:00:00Z', Next: '2001-01-01T00:00:00Z', LastUpdated: '2000-01-01T00:00:00Z' };
    await timerStatus().uploadData(Buffer.from(JSON.stringify(missed)));
    every.recorder.calls.length = 0;
    await every.start();
  });

  it('goes on from the checkpoints: nothing is missing, nothing comes twice', async () => {
    await waitFor('the events', () => received().length >= 2);
    expect(received().map(({ n }) => n)).toEqual([2, 3]);
  });

  it('goes on from the position in the change feed', async () => {
    await waitFor('the change', () => changes().length > 0);
    expect(changes()).toEqual(['while-away']);
  });

  it('runs a timer that was missed', async () => {
    const [run] = await waitFor('the run', () => every.recorder.of('tick').length > 0 && every.recorder.of('tick'));
    expect(run?.input).toMatchObject({ isPastDue: true, scheduleStatus: { next: '2001-01-01T00:00:00Z' } });
  });
});
