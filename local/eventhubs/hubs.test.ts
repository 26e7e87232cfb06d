import { createServer } from 'node:net';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlError } from '../process/serviceHost.ts';
import { EventHubsBroker } from './broker.ts';
import { collect, Listener } from './testing/receiving.ts';
import { temporaryFolder } from './testing/temporaryFolder.ts';
import { TestBroker } from './testing/testBroker.ts';

async function startBroker(): Promise<TestBroker> {
  const test = await TestBroker.start();
  onTestFinished(() => test.end());
  return test;
}

async function restart(test: TestBroker): Promise<void> {
  await test.broker.stop();
  await test.restart();
}

describe('declared hubs', () => {
  it('come back after a restart with their groups and events', async () => {
    const test = await startBroker();
    await test.broker.putHub({ name: 'Orders', partitionCount: 2, retentionHours: 48 });
    await test.broker.putConsumerGroup({ hub: 'orders', name: 'Readers' });
    await test.producer('orders').sendBatch([{ body: 1 }], { partitionId: '1' });
    const before = test.broker.describe().hubs;
    expect(before).toMatchObject([
      { name: 'Orders', partitionCount: 2, retentionHours: 48, consumerGroups: ['$Default', 'Readers'] },
    ]);
    expect(before[0].partitions[1]).toMatchObject({ beginSequence: 0, lastSequence: 0, lastOffset: 0, eventsIn: 1 });
    await restart(test);
    const after = test.broker.describe().hubs;
    expect(after[0].partitions[1]).toMatchObject({ ...before[0].partitions[1], eventsIn: 0 });
    expect((await collect(test.consumer('Orders', 'readers'), { count: 1 }))[0].body).toBe(1);
  });

  it('may be declared again, with another retention but not with another number of partitions', async () => {
    const test = await startBroker();
    const orders = { name: 'orders', partitionCount: 2, retentionHours: 24 };
    await test.broker.putHub(orders);
    await test.broker.putConsumerGroup({ hub: 'orders', name: 'g' });
    await test.broker.putHub({ ...orders, retentionHours: 72 });
    await test.broker.putConsumerGroup({ hub: 'orders', name: 'G' });
    expect(test.broker.describe().hubs).toMatchObject([{ retentionHours: 72, consumerGroups: ['$Default', 'g'] }]);
    const change = test.broker.putHub({ ...orders, name: 'ORDERS', partitionCount: 4 });
    await expect(change).rejects.toThrow('has 2 partitions and cannot get 4');
  });

  it('are gone with their events when deleted, and begin anew when declared again', async () => {
    const test = await startBroker();
    const name = await test.hub();
    await test.producer(name).sendBatch([{ body: 1 }]);
    await test.broker.deleteHub({ name });
    await test.broker.deleteHub({ name });
    expect(readdirSync(join(test.dataDir, 'hubs'))).toEqual([]);
    await test.broker.putHub({ name, partitionCount: 1, retentionHours: 1 });
    expect((await test.producer(name).getPartitionProperties('0')).isEmpty).toBe(true);
  });

  it.each([
    ['a name with a slash', { name: 'a/b', partitionCount: 1, retentionHours: 1 }, 'a/b'],
    ['no name', { partitionCount: 1, retentionHours: 1 }, 'event hub'],
    ['no partitions', { name: 'a', partitionCount: 0, retentionHours: 1 }, 'partitionCount'],
    ['half a partition', { name: 'a', partitionCount: 1.5, retentionHours: 1 }, 'partitionCount'],
    ['a retention that is a text', { name: 'a', partitionCount: 1, retentionHours: '24' }, 'retentionHours'],
  ])('refuse %s with a clear text', async (_, settings, text) => {
    const test = await startBroker();
    const put = test.broker.putHub(settings as Parameters<EventHubsBroker['putHub']>[0]);
    await expect(put).rejects.toThrow(ControlError);
    await expect(put).rejects.toThrow(text);
  });

  it('refuse groups of unknown hubs, odd names and the deletion of $Default', async () => {
    const test = await startBroker();
    const hub = await test.hub();
    await expect(test.broker.putConsumerGroup({ hub: 'missing', name: 'g' })).rejects.toThrow('There is no event hub');
    await expect(test.broker.putConsumerGroup({ hub, name: 'a b' })).rejects.toThrow('"a b"');
    await expect(test.broker.deleteConsumerGroup({ hub, name: '$default' })).rejects.toThrow('$Default');
  });

  it.each(['{"hubs":', '{}', 'null'])('name their file when it is damaged: %s', async (content) => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'hubs.json'), content);
    const start = EventHubsBroker.start({ dataDir, port: 0 });
    await expect(start).rejects.toThrow(ControlError);
    await expect(start).rejects.toThrow(join(dataDir, 'hubs.json'));
  });

  it('whose file is missing keep their events, and the start says so', async () => {
    const test = await startBroker();
    const hub = await test.hub();
    await test.producer(hub).sendBatch([{ body: 1 }]);
    await test.broker.stop();
    const path = join(test.dataDir, 'hubs.json');
    const content = readFileSync(path);
    rmSync(path);
    await expect(test.restart()).rejects.toThrow('hubs.json');
    writeFileSync(path, content);
    await test.restart();
    expect(await collect(test.consumer(hub), { count: 1 })).toHaveLength(1);
  });
});

describe('a damaged partition', () => {
  it('is refused by name while the others work', async () => {
    const test = await startBroker();
    const hub = await test.hub({ partitionCount: 2 });
    const producer = test.producer(hub);
    for (const partitionId of ['0', '1']) {
      for (let number = 0; number < 3; number += 1) await producer.sendBatch([{ body: number }], { partitionId });
    }
    await test.broker.stop();
    const [folder] = readdirSync(join(test.dataDir, 'hubs'));
    const directory = join(test.dataDir, 'hubs', folder, '0');
    const path = join(directory, readdirSync(directory)[0]);
    const bytes = readFileSync(path);
    bytes[100] ^= 1;
    writeFileSync(path, bytes);
    await test.restart();
    expect(test.broker.describe().hubs[0].partitions[0].damage).toContain(path);
    const damaged = collect(test.consumer(hub), { count: 1, partition: '0' });
    await expect(damaged).rejects.toMatchObject({ errors: [{ code: 'InternalServerError' }, {}, {}] });
    expect(await collect(test.consumer(hub), { count: 3, partition: '1' })).toHaveLength(3);
    await test.producer(hub).sendBatch([{ body: 'goes where it can' }]);
    expect(await collect(test.consumer(hub), { count: 4, partition: '1' })).toHaveLength(4);
  });

  it('that is found out only when it is read ends the receiver, which gets nothing of it', async () => {
    const test = await TestBroker.start({ cacheBytes: 1, segmentBytes: 1_000 });
    onTestFinished(() => test.end());
    const hub = await test.hub();
    for (let number = 0; number < 20; number += 1) await test.producer(hub).sendBatch([{ body: 'x'.repeat(200) }]);
    // Large enough to drive the others out of the cache.
    await test.producer(hub).sendBatch([{ body: Buffer.alloc(600_000) }]);
    const [folder] = readdirSync(join(test.dataDir, 'hubs'));
    const directory = join(test.dataDir, 'hubs', folder, '0');
    const [, second] = readdirSync(directory).filter((name) => name.endsWith('.log'));
    truncateSync(join(directory, second), 80);
    const listener = new Listener(test.consumer(hub), '0');
    await listener.until(({ errors }) => errors.length > 0);
    const { errors } = listener.errors[0] as unknown as AggregateError;
    expect(errors[0]).toMatchObject({ code: 'InternalServerError' });
    expect((errors[0] as Error).message).toContain(join(directory, second));
    expect(listener.events.length).toBeGreaterThan(0);
    for (const { offset } of listener.events) expect(Number(offset)).toBeLessThan(parseInt(second, 10));
    await listener.close();
  });
});

describe('the port', () => {
  it('is another one when the preferred one is taken, and an error when it was asked for', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const broker = await EventHubsBroker.start({ dataDir: temporaryFolder(), preferredPort: port });
    expect(broker.port).not.toBe(port);
    await broker.stop();
    const exact = EventHubsBroker.start({ dataDir: temporaryFolder(), port });
    await expect(exact).rejects.toThrow(`port ${port} is in use`);
  });
});
