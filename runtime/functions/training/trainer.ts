import { randomBytes } from 'node:crypto';
import type { EventGridPublisherClient } from '@azure/eventgrid';
import type { ContainerClient } from '@azure/storage-blob';
import type { ModelPublished } from '../../contracts/events.ts';
import type { ModelManifest, RecommenderSettings } from '../../contracts/model.ts';
import { EVENT_TYPES } from '../../contracts/names.ts';
import type { ModelArtefacts } from '../../scoring/recommender.ts';
import type { TrainingInput, TrainingUser } from '../../scoring/trainer.ts';
import type { LearnedSoFar } from '../learner/learned.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { runOnce, type RunOutcome } from './trainingLock.ts';

/** A model whose hit rate falls below this part of the served one's is published with a warning. */
const NOTABLE_DROP = 0.9;

export interface TrainerOptions {
  settings: RecommenderSettings;
  /** Container of the lock. */
  lockContainer: ContainerClient;
  registry: ModelRegistry;
  events: Pick<EventGridPublisherClient<'CloudEvent'>, 'send'>;
  readUsers(): Promise<TrainingUser[]>;
  readLearned(): Promise<LearnedSoFar>;
  train(input: TrainingInput): Promise<ModelArtefacts>;
}

/** Where a run tells what it does. */
export interface TrainingLog {
  info(...message: unknown[]): void;
  warn(...message: unknown[]): void;
}

/** Trains models and publishes them, one run at a time and one run per request. */
export class Trainer {
  readonly #options: TrainerOptions;

  constructor(options: TrainerOptions) {
    this.#options = options;
  }

  /**
   * Serves a training request: reads what there is, trains, stores the version, points the stable channel at it and says
   * so on Event Grid. A model contains everything that was stored at its `createdAt`. A failure leaves the channel as it
   * was and the request open.
   */
  async serve(requestId: string, log: TrainingLog): Promise<RunOutcome<ModelManifest>> {
    const { lockContainer, registry, train, settings } = this.#options;
    return runOnce(lockContainer, requestId, async (lock) => {
      const createdAt = new Date().toISOString();
      const served = await registry.stable();
      // In the order in which ingest writes: an event is in its delta before it is in its profile.
      const { transitions, popularity, cursors } = await this.#options.readLearned();
      const users = await this.#options.readUsers();
      log.info(`Training on ${users.length} users and what ${Object.keys(cursors).length} hub partitions taught`);
      const version = `${createdAt.replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
      const artefacts = await train({ users, transitions, popularity, settings, version, createdAt, cursors });
      const { manifest } = artefacts;
      warnOfDrop(manifest, served?.manifest, log);
      lock.assertHeld();
      await registry.publish(artefacts, served);
      await this.#announce(manifest);
      log.info(`Published model ${version}: hit rate at 10 ${manifest.metrics.hitRateAt10.toFixed(3)}`);
      return manifest;
    });
  }

  async #announce({ version, metrics }: ModelManifest): Promise<void> {
    const data: ModelPublished = { version, channel: 'stable', metrics };
    const event = { type: EVENT_TYPES.modelPublished, source: '/attune/functions/train', subject: version, data };
    await this.#options.events.send([event]);
  }
}

function warnOfDrop(trained: ModelManifest, served: ModelManifest | undefined, log: TrainingLog): void {
  const before = served?.metrics.hitRateAt10 ?? 0;
  const after = trained.metrics.hitRateAt10;
  if (after >= before * NOTABLE_DROP) return;
  log.warn(`Hit rate at 10 fell from ${before.toFixed(3)} (${served?.version}) to ${after.toFixed(3)}`);
}
