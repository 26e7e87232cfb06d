import { createServer } from 'node:net';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlError } from '../process/serviceHost.ts';
import { EventHubsBroker } from './broker.ts';
import { collect } from './testing/receiving.ts';
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
    await expect(exact).rejects.toThrow(`The Event Hubs port ${port} is in use`);
    const exactHttp = EventHubsBroker.start({ dataDir: temporaryFolder(), httpPort: port });
    await expect(exactHttp).rejects.toThrow(`The Event Hubs HTTP port ${port} is in use`);
  });
});
