import { randomUUID } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import avro from 'avsc';
import { expect, onTestFinished } from 'vitest';
import { BrokerProcess } from '../testing/brokerProcess.ts';
import { collect } from '../testing/receiving.ts';
import type { TestBlobs } from '../testing/testBlobs.ts';
import type { AvroValue, CapturedEvent } from '../capture/capturedEvent.ts';
import type { CaptureSettings } from '../capture/captureSettings.ts';
import { bodies, type Check } from './check.ts';

const NAME_FORMAT = '{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}';
const MANY_BYTES = 100_000_000;

function capture(blobs: TestBlobs, container: ContainerClient, change: Partial<CaptureSettings> = {}): CaptureSettings {
  return {
    namespace: 'ns',
    encoding: 'Avro',
    intervalSeconds: 0.3,
    sizeLimitBytes: MANY_BYTES,
    skipEmptyArchives: true,
    archiveNameFormat: NAME_FORMAT,
    container: container.containerName,
    connectionString: blobs.connectionString,
    ...change,
  };
}

interface Archive {
  name: string;
  codec: string;
  schema: unknown;
  events: CapturedEvent[];
}

/** All files of a container, in the order of their names. */
async function archives(container: ContainerClient): Promise<Archive[]> {
  const found: Archive[] = [];
  for await (const { name } of container.listBlobsFlat()) {
    const decoder = new avro.streams.BlockDecoder();
    const archive: Archive = { name, codec: '', schema: undefined, events: [] };
    decoder.on('metadata', (type: avro.Type, codec: string) => {
      archive.codec = codec;
      archive.schema = JSON.parse(JSON.stringify(type.schema()));
    });
    decoder.on('data', (event: CapturedEvent) => archive.events.push(event));
    decoder.end(await container.getBlockBlobClient(name).downloadToBuffer());
    await new Promise((resolve, reject) => decoder.once('end', resolve).once('error', reject));
    found.push(archive);
  }
  return found;
}

async function captured(container: ContainerClient): Promise<CapturedEvent[]> {
  return (await archives(container)).flatMap(({ events }) => events);
}

/** The values of a map, each known by its type. */
function plain(map: Readonly<Record<string, AvroValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, Object.values(value)[0] as unknown]));
}

const texts = (events: readonly CapturedEvent[]) => events.map(({ Body }) => String(Body));

export const captureChecks: Check[] = [
  {
    name: 'captured events are Avro records of the documented schema, with the values that receivers see',
    async run(stage) {
      const blobs = await stage.blobs();
      const container = await blobs.container();
      const hub = await stage.test.hub({ capture: capture(blobs, container) });
      const producer = stage.test.producer(hub);
      const properties = { text: 'ü', whole: 7, half: 0.5, yes: true };
      const facts = { messageId: 'm-1', contentType: 'text/plain', properties };
      await producer.sendBatch([{ body: Buffer.from([0, 255]), ...facts }], { partitionKey: 'key' });
      await producer.sendBatch([{ body: 'text', bodyType: 'value', messageAnnotations: { mine: 'kept' } }]);
      await expect.poll(async () => (await captured(container)).length, { timeout: 20_000 }).toBe(2);

      const [first, second] = await captured(container);
      const [received] = await collect(stage.test.consumer(hub), { count: 1 });
      expect(first).toMatchObject({ SequenceNumber: 0, Offset: received.offset, Body: Buffer.from([0, 255]) });
      expect(Date.parse(`${first.EnqueuedTimeUtc} UTC`)).toBe(Math.floor(+received.enqueuedTimeUtc / 1_000) * 1_000);
      expect(first.EnqueuedTimeUtc).toMatch(/^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d\d:\d\d [AP]M$/);
      expect(plain(first.Properties)).toEqual({ text: 'ü', whole: 7, half: 0.5, yes: 'true' });
      expect(plain(first.SystemProperties)).toEqual({
        'message-id': 'm-1',
        'content-type': 'text/plain',
        'x-opt-partition-key': 'key',
        'x-opt-sequence-number': 0,
        'x-opt-offset': received.offset,
        'x-opt-enqueued-time': +received.enqueuedTimeUtc,
      });
      expect(String(second.Body)).toBe('text');
      expect(plain(second.SystemProperties)).toMatchObject({ mine: 'kept' });
      const [{ schema, codec }] = await archives(container);
      expect(codec).toBe('null');
      expect(schema).toMatchObject({
        type: 'record',
        name: 'Microsoft.ServiceBus.Messaging.EventData',
        fields: [
          { name: 'SequenceNumber', type: 'long' },
          { name: 'Offset', type: 'string' },
          { name: 'EnqueuedTimeUtc', type: 'string' },
          { name: 'SystemProperties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes'] } },
          { name: 'Properties', type: { type: 'map', values: ['long', 'double', 'string', 'bytes'] } },
          { name: 'Body', type: ['null', 'bytes'] },
        ],
      });
    },
  },
  {
    name: 'every partition is captured by itself, into files named by the format that was declared',
    async run(stage) {
      const blobs = await stage.blobs();
      const container = await blobs.container();
      const archiveNameFormat = '{EventHub}/{PartitionId}/{Year}-{Month}-{Day}/{Namespace}-{Hour}{Minute}{Second}';
      const settings = capture(blobs, container, { archiveNameFormat, encoding: 'AvroDeflate' });
      const hub = await stage.test.hub({ partitionCount: 2, capture: settings });
      const producer = stage.test.producer(hub);
      for (const partitionId of ['0', '1'])
        await producer.sendBatch([{ body: Buffer.from(partitionId) }], { partitionId });
      await expect.poll(async () => (await archives(container)).length, { timeout: 20_000 }).toBe(2);
      const form = (id: string) => new RegExp(`^${hub}/${id}/\\d{4}-\\d\\d-\\d\\d/ns-\\d{6}\\.avro$`);
      const found = await archives(container);
      for (const [id, { name, codec, events }] of found.entries()) {
        expect(name).toMatch(form(String(id)));
        expect([codec, texts(events)]).toEqual(['deflate', [String(id)]]);
      }
    },
  },
  {
    name: 'a capture window ends as soon as enough bytes wait',
    async run(stage) {
      const blobs = await stage.blobs();
      const container = await blobs.container();
      const settings = capture(blobs, container, { intervalSeconds: 900, sizeLimitBytes: 20_000 });
      const hub = await stage.test.hub({ capture: settings });
      const sent = Array.from({ length: 45 }, (_, index) => `${index}`.padEnd(1_000));
      await stage.test.producer(hub).sendBatch(sent.map((text) => ({ body: Buffer.from(text) })));
      await expect.poll(async () => (await archives(container)).length, { timeout: 20_000 }).toBe(2);
      const found = await archives(container);
      for (const { events } of found) expect(events.length).toBeGreaterThanOrEqual(18);
      expect(texts(await captured(container))).toEqual(sent.slice(0, found[0].events.length + found[1].events.length));
    },
  },
  {
    name: 'a capture window without events is an empty file once the first event has come, or none if they are skipped',
    async run(stage) {
      const blobs = await stage.blobs();
      const [empty, skipped] = [await blobs.container(), await blobs.container()];
      const withEmpty = await stage.test.hub({ capture: capture(blobs, empty, { skipEmptyArchives: false }) });
      const without = await stage.test.hub({ capture: capture(blobs, skipped) });
      for (const hub of [withEmpty, without]) await stage.test.producer(hub).sendBatch([{ body: Buffer.from('one') }]);
      await expect.poll(async () => (await archives(empty)).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
      const found = await archives(empty);
      expect(found.map(({ events }) => events.length).slice(0, 3)).toEqual([1, 0, 0]);
      expect(await archives(skipped)).toHaveLength(1);
      await stage.test.broker.deleteHub({ name: withEmpty });
    },
  },
  {
    name: 'capture begins with what arrives after it was switched on, and goes on where it was after a stop',
    async run(stage) {
      const blobs = await stage.blobs();
      const container = await blobs.container();
      const test = await stage.broker();
      const settings = { name: await test.hub(), partitionCount: 1, retentionHours: 1 };
      const send = (text: string) => test.producer(settings.name).sendBatch([{ body: Buffer.from(text) }]);
      await send('before');
      await test.broker.putHub({ ...settings, capture: capture(blobs, container) });
      await send('one');
      await expect.poll(async () => texts(await captured(container)), { timeout: 20_000 }).toEqual(['one']);
      await test.broker.stop();
      await test.restart();
      await send('two');
      await expect.poll(async () => texts(await captured(container)), { timeout: 20_000 }).toEqual(['one', 'two']);
      await test.broker.putHub(settings);
      await send('while it is off');
      await test.broker.putHub({ ...settings, capture: capture(blobs, container) });
      await send('three');
      await expect
        .poll(async () => texts(await captured(container)), { timeout: 20_000 })
        .toEqual(['one', 'two', 'three']);
    },
  },
  {
    name: 'every event is in exactly one captured file, also when the broker is killed again and again',
    async run(stage) {
      const blobs = await stage.blobs();
      const container = await blobs.container();
      const broker = await BrokerProcess.start();
      onTestFinished(() => broker.end());
      const settings = capture(blobs, container, { intervalSeconds: 0.05, sizeLimitBytes: 2_000 });
      await broker.process.call('putHub', { name: 'kills', partitionCount: 1, retentionHours: 1, capture: settings });
      const retryOptions = { maxRetries: 50, retryDelayInMs: 50, maxRetryDelayInMs: 100, timeoutInMs: 1_000 };
      const producer = broker.producer('kills', { retryOptions });
      const sendBatches = async (count: number) => {
        for (let batch = 0; batch < count; batch += 1) {
          await producer.sendBatch(Array.from({ length: 20 }, () => ({ body: Buffer.from('x') })));
        }
      };
      await sendBatches(5);
      for (let kill = 0; kill < 2; kill += 1) {
        await expect
          .poll(async () => (await captured(container)).length, { timeout: 20_000 })
          .toBeGreaterThan(kill * 100);
        const sending = sendBatches(10);
        await broker.kill();
        await sending;
      }
      const stored = await broker.stored('kills');
      await expect.poll(async () => (await captured(container)).length, { timeout: 20_000 }).toBe(stored);
      const sequence = (await captured(container)).map(({ SequenceNumber }) => SequenceNumber);
      expect(sequence).toEqual([...Array(stored).keys()]);
    },
  },
  {
    name: 'events that cannot be captured because the storage is not there are captured once it is',
    async run(stage) {
      const blobs = await stage.blobs();
      const container = await blobs.container({ create: false });
      const hub = await stage.test.hub({ capture: capture(blobs, container, { intervalSeconds: 0.1 }) });
      const body = randomUUID();
      await stage.test.producer(hub).sendBatch([{ body }]);
      expect(bodies(await collect(stage.test.consumer(hub), { count: 1 }))).toEqual([body]);
      await container.create();
      await expect
        .poll(async () => texts(await captured(container)), { timeout: 20_000 })
        .toEqual([JSON.stringify(body)]);
    },
  },
];
