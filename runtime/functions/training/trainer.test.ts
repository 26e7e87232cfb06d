import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAzurite, type BlobStorage } from '../../../local/eventgrid/testing/startAzurite.ts';
import { STABLE_CHANNEL, type ModelChannel } from '../../contracts/model.ts';
import { EVENT_TYPES } from '../../contracts/names.ts';
import { DecayedCounts } from '../../scoring/popularity.ts';
import type { ModelArtefacts } from '../../scoring/recommender.ts';
import { defaultRecommenderSettings } from '../../scoring/settings.ts';
import { trainRecommender, type TrainingInput } from '../../scoring/trainer.ts';
import { TransitionTable } from '../../scoring/transitions.ts';
import { blobModelRegistry } from './modelRegistry.ts';
import { Trainer } from './trainer.ts';
import { runOnce } from './trainingLock.ts';

let azurite: BlobStorage;
let service: BlobServiceClient;
let models: ContainerClient;
let learner: ContainerClient;
let count = 0;

beforeAll(async () => {
  azurite = await startAzurite();
  service = BlobServiceClient.fromConnectionString(azurite.connectionString);
});
afterAll(() => azurite.stop());

beforeEach(async () => {
  count += 1;
  models = (await service.createContainer(`models${count}`)).containerClient;
  learner = (await service.createContainer(`learner${count}`)).containerClient;
});

const DAY_MS = 86_400_000;

function setUp(train: (input: TrainingInput) => Promise<ModelArtefacts> = realTraining) {
  const sent: { type: string; data: unknown }[] = [];
  const lines: string[] = [];
  const trainer = new Trainer({
    settings: { ...defaultRecommenderSettings, minimumSupport: 1 },
    lockContainer: learner,
    registry: blobModelRegistry(models),
    events: { send: async (events) => void sent.push(...(events as typeof sent)) },
    readUsers: async () =>
      Array.from({ length: 6 }, (_, user) => ({
        id: `user:${user}`,
        items: Array.from({ length: 5 }, (_, n) => [`i${(user + n) % 7}`, 1, n, n] as [string, number, number, number]),
      })),
    readLearned: async () => {
      const popularity = new DecayedCounts(30 * DAY_MS);
      popularity.add('i1', 1, 1);
      return { transitions: new TransitionTable(240), popularity, cursors: { 'interactions-0': 29 } };
    },
    train,
  });
  const write = (line: unknown) => void lines.push(String(line));
  return { sent, lines, serve: (id: string) => trainer.serve(id, { info: write, warn: write }) };
}

async function realTraining(input: TrainingInput): Promise<ModelArtefacts> {
  return (await trainRecommender(input)).artefacts;
}

async function channel(): Promise<ModelChannel> {
  return JSON.parse((await models.getBlobClient(STABLE_CHANNEL).downloadToBuffer()).toString()) as ModelChannel;
}

describe('Trainer', () => {
  it('publishes a version and points the channel at it', async () => {
    const { serve, sent } = setUp();
    const outcome = (await serve('a')) as { ran: { version: string } };
    const { version, manifest } = await channel();
    expect(version).toBe(outcome.ran.version);
    expect(version).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{6}$/);
    const names: string[] = [];
    for await (const { name } of models.listBlobsFlat({ prefix: `recommender/${version}/` })) names.push(name);
    expect(names).toContain(manifest);
    expect(names).toHaveLength(4);
    expect(sent).toMatchObject([{ type: EVENT_TYPES.modelPublished, data: { version, channel: 'stable' } }]);
    const stable = await blobModelRegistry(models).stable();
    expect(stable?.manifest.trainedOn).toMatchObject({ users: 6, cursors: { 'interactions-0': 29 } });
  });

  it('serves a request once', async () => {
    const { serve, sent } = setUp();
    await serve('a');
    expect(await serve('a')).toBe('done before');
    expect(sent).toHaveLength(1);
    await serve('b');
    expect(await channel()).toMatchObject({ previous: expect.any(String) as string });
  });

  it('is busy while a run is under way', async () => {
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { serve } = setUp(async (input) => {
      started.resolve();
      await gate.promise;
      return realTraining(input);
    });
    const running = serve('a');
    await started.promise;
    expect(await serve('b')).toBe('busy');
    expect(await serve('a')).toBe('busy');
    gate.resolve();
    expect(await running).toMatchObject({ ran: {} });
    expect(await serve('b')).toMatchObject({ ran: {} });
  });

  it('leaves the channel and the request open when training fails', async () => {
    await setUp().serve('a');
    const before = await channel();
    const failing = setUp(() => Promise.reject(new Error('no memory')));
    await expect(failing.serve('b')).rejects.toThrow('no memory');
    expect(await channel()).toEqual(before);
    expect(await setUp().serve('b')).toMatchObject({ ran: {} });
  });

  it('does not take the channel from a run that was faster', async () => {
    const other = blobModelRegistry(models);
    const { serve } = setUp(async (input) => {
      const artefacts = await realTraining({ ...input, version: 'faster' });
      await other.publish(artefacts, undefined);
      return realTraining(input);
    });
    await expect(serve('a')).rejects.toMatchObject({ statusCode: 409 });
    expect(await channel()).toMatchObject({ version: 'faster' });
  });

  it('warns when the hit rate falls', async () => {
    const withHitRate = (hitRateAt10: number) => async (input: TrainingInput) => {
      const artefacts = await realTraining(input);
      artefacts.manifest.metrics = { ...artefacts.manifest.metrics, hitRateAt10 };
      return artefacts;
    };
    await setUp(withHitRate(0.5)).serve('a');
    const { serve, lines } = setUp(withHitRate(0.4));
    await serve('b');
    expect(lines).toContainEqual(expect.stringMatching(/^Hit rate at 10 fell from 0\.500 \(.*\) to 0\.400$/));
  });
});

describe('runOnce', () => {
  it('notices that the lock was taken away', async () => {
    const run = runOnce(
      learner,
      'a',
      async (lock) => {
        await learner.getBlobClient('training.json').getBlobLeaseClient().breakLease(0);
        for (;;) {
          lock.assertHeld();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      { renewMs: 5 },
    );
    await expect(run).rejects.toThrow('The training lock was lost');
    expect(await runOnce(learner, 'a', async () => 'ran')).toEqual({ ran: 'ran' });
  });
});
