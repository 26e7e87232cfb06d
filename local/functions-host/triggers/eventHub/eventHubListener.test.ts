import type { RetryOptions } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { parseHostJson } from '../../settings/hostJson.ts';
import { FakeHub } from '../../testing/fakeHub.ts';
import { inProcessApp } from '../../testing/inProcessApp.ts';
import { receivedEvent } from '../../testing/receivedEvent.ts';
import { functionHubListener } from './eventHubListener.ts';

interface Setup {
  many?: boolean;
  retry?: RetryOptions;
  eventHubs?: object;
  handler?(call: number): Promise<void> | void;
}

/** A started listener over a fake hub, with what its function was called with. */
async function setUp({ many = true, retry, eventHubs = {}, handler = () => undefined }: Setup = {}) {
  const inputs: unknown[] = [];
  const app = await inProcessApp(({ app }) =>
    app.eventHub('f', {
      connection: 'C',
      eventHubName: 'hub',
      cardinality: many ? 'many' : 'one',
      retry,
      handler: async (input) => {
        inputs.push(input);
        await handler(inputs.length);
      },
    }),
  );
  const hub = new FakeHub();
  const listener = functionHubListener({
    runner: app.runner('f'),
    source: { connection: 'C', eventHubName: 'hub', consumerGroup: 'group' },
    consumer: hub,
    shape: { many, binary: false },
    context: {
      hostJson: parseHostJson({ version: '2.0', extensions: { eventHubs } }),
      settings: {},
      storage: { container: () => Promise.reject(new Error('not used')) },
      log: () => undefined,
      clock: { timeScale: 0.001 },
      instanceId: 'test',
    },
  });
  await listener.start();
  await hub.own('0');
  return { hub, listener, inputs };
}

const events = (...numbers: number[]) => numbers.map((number) => receivedEvent(number, `e${number}`));
const oneRetry: RetryOptions = { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: { seconds: 1 } };
const endlessRetry: RetryOptions = { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 3600_000 } };

describe('the Event Hubs trigger', () => {
  it('asks for batches by host.json and takes bodies as bytes', async () => {
    const { hub } = await setUp({ eventHubs: { maxEventBatchSize: 7, prefetchCount: 70 } });
    expect(hub.options).toMatchObject({ maxBatchSize: 7, prefetchCount: 70, skipParsingBodyAsJson: true });
    expect(hub.options?.startPosition).toEqual({ offset: '-1' });
  });

  it('calls once per batch and checkpoints after it', async () => {
    const { hub, inputs, listener } = await setUp();
    await hub.deliver('0', events(1, 2, 3));
    expect(inputs).toEqual([['e1', 'e2', 'e3']]);
    expect(hub.checkpoints).toEqual({ 0: 3 });
    await hub.deliver('0', []);
    expect(inputs).toHaveLength(1);
    expect(await listener.describe()).toEqual({
      hub: 'hub',
      consumerGroup: 'group',
      partitions: [{ id: '0', position: 3, lag: 97 }],
    });
  });

  it('calls once per event, in order, with cardinality one', async () => {
    const { hub, inputs } = await setUp({ many: false });
    await hub.deliver('0', events(1, 2, 3));
    expect(inputs).toEqual(['e1', 'e2', 'e3']);
    expect(hub.checkpoints).toEqual({ 0: 3 });
  });

  it('checkpoints also when the function failed: without a retry policy the batch is lost', async () => {
    const { hub, inputs } = await setUp({
      handler: () => {
        throw new Error('broken');
      },
    });
    await hub.deliver('0', events(1, 2));
    expect(inputs).toHaveLength(1);
    expect(hub.checkpoints).toEqual({ 0: 2 });
  });

  it('retries inside the partition before the checkpoint', async () => {
    const seen: unknown[] = [];
    const { hub } = await setUp({
      retry: oneRetry,
      handler: (call) => {
        seen.push(structuredClone(hub.checkpoints));
        if (call === 1) throw new Error('once');
      },
    });
    await hub.deliver('0', events(1));
    expect(seen).toEqual([{}, {}]);
    expect(hub.checkpoints).toEqual({ 0: 1 });
  });

  it('writes a checkpoint per so many batches; what came after the last one comes again to the next owner', async () => {
    const { hub, listener } = await setUp({ eventHubs: { batchCheckpointFrequency: 3 } });
    await hub.deliver('0', events(1));
    await hub.deliver('0', events(2));
    expect(hub.checkpoints).toEqual({});
    await hub.deliver('0', events(3));
    expect(hub.checkpoints).toEqual({ 0: 3 });
    await hub.deliver('0', events(4));
    await listener.stop();
    expect(hub.checkpoints).toEqual({ 0: 3 });
  });

  it('counts each call as a batch with cardinality one', async () => {
    const { hub } = await setUp({ many: false, eventHubs: { batchCheckpointFrequency: 2 } });
    await hub.deliver('0', events(1, 2, 3));
    expect(hub.checkpoints).toEqual({ 0: 2 });
  });

  it('collects a minimum of events, but not longer than the maximum wait', async () => {
    const waits = { minEventBatchSize: 3, maxEventBatchSize: 4 };
    const patient = await setUp({ eventHubs: { ...waits, maxWaitTime: '00:10:00' } });
    await patient.hub.deliver('0', events(1, 2));
    await patient.hub.deliver('0', []);
    expect(patient.inputs).toEqual([]);
    await patient.hub.deliver('0', events(3, 4, 5));
    expect(patient.inputs).toEqual([['e1', 'e2', 'e3', 'e4'], ['e5']]);

    const hasty = await setUp({ eventHubs: { ...waits, maxWaitTime: '00:00:00' } });
    await hasty.hub.deliver('0', events(1));
    expect(hasty.inputs).toEqual([['e1']]);
  });

  it('collects nothing for a function that takes one event', async () => {
    const { hub, inputs } = await setUp({ many: false, eventHubs: { minEventBatchSize: 3 } });
    await hub.deliver('0', events(1));
    expect(inputs).toEqual(['e1']);
  });

  it.each<[string, Date | undefined]>([
    ['no checkpoint', undefined],
    ['a checkpoint older than the maximum wait', new Date(Date.now() - 600_000)],
  ])('does not let the first events of a partition with %s wait', async (_, checkpointTime) => {
    const { hub, inputs } = await setUp({ eventHubs: { minEventBatchSize: 3, maxWaitTime: '00:01:00' } });
    hub.checkpointTime = checkpointTime;
    await hub.deliver('0', events(1));
    expect(inputs).toEqual([['e1']]);
    await hub.deliver('0', events(2));
    expect(inputs).toHaveLength(1);
  });

  it('lets a running batch end and checkpoints it before the links close', async () => {
    const gate = Promise.withResolvers<void>();
    const { hub, listener } = await setUp({ handler: () => gate.promise });
    const delivered = hub.deliver('0', events(1, 2));
    const stopped = listener.stop();
    expect(hub.closed).toEqual([]);
    gate.resolve();
    await Promise.all([delivered, stopped]);
    expect(hub.checkpoints).toEqual({ 0: 2 });
    expect(hub.closed).toEqual(['subscription', 'client']);
  });

  it('takes nothing new while it stops', async () => {
    const gate = Promise.withResolvers<void>();
    const { hub, listener, inputs } = await setUp({ handler: () => gate.promise });
    await hub.own('1');
    const running = hub.deliver('0', events(1));
    const stopped = listener.stop();
    const late = hub.deliver('1', events(9));
    gate.resolve();
    await Promise.all([running, stopped, late]);
    expect(inputs).toEqual([['e1']]);
    expect(hub.checkpoints).toEqual({ 0: 1 });
  });

  it('does not checkpoint a batch that the stop cuts off between two tries', async () => {
    const { hub, listener, inputs } = await setUp({
      retry: endlessRetry,
      handler: () => {
        throw new Error('away');
      },
    });
    const delivered = hub.deliver('0', events(1));
    while (inputs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([listener.stop(), delivered]);
    expect(hub.checkpoints).toEqual({});
  });

  it('does not checkpoint a batch that was running when the partition was lost', async () => {
    const gate = Promise.withResolvers<void>();
    const { hub, listener } = await setUp({ handler: (call) => (call === 1 ? gate.promise : undefined) });
    const delivered = hub.deliver('0', events(1));
    await hub.lose('0');
    gate.resolve();
    await delivered;
    expect(hub.checkpoints).toEqual({});
    await hub.own('0');
    await hub.deliver('0', events(1));
    await listener.stop();
    expect(hub.checkpoints).toEqual({ 0: 1 });
  });

  it('goes on when a checkpoint cannot be written, and writes the next one', async () => {
    const { hub, inputs } = await setUp();
    hub.checkpointError = new Error('storage is away');
    await hub.deliver('0', events(1));
    hub.checkpointError = undefined;
    await hub.deliver('0', events(2));
    expect(inputs).toHaveLength(2);
    expect(hub.checkpoints).toEqual({ 0: 2 });
  });

  it('receives again after a failure of any kind, unless another reader has taken the partition', async () => {
    const { hub } = await setUp();
    const refused = new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:5672')]);
    const taken = Object.assign(new Error('New receiver'), { code: 'ReceiverDisconnectedError', retryable: false });
    expect(await hub.fail('0', refused)).toBe(true);
    expect(await hub.fail('0', taken)).toBe(false);
  });
});
