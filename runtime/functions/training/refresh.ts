import { app, type InvocationContext, type Timer } from '@azure/functions';
import { FUNCTIONS } from '../../contracts/names.ts';
import type { ModelManifest } from '../../contracts/model.ts';
import type { DeltaSource } from '../learner/deltaSource.ts';
import type { StreamLearner } from '../learner/streamLearner.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import type { Trainer } from './trainer.ts';

/** Events since the served model that are worth a new one. */
const WORTH_TRAINING = 100;

export interface RefreshOptions {
  trainer: Trainer;
  registry: ModelRegistry;
  deltas: DeltaSource;
  learner: StreamLearner;
}

/** Function `refresh`: every ten minutes writes what is learned, and trains when enough has happened since. */
export function registerRefresh(options: RefreshOptions): void {
  app.timer(FUNCTIONS.refresh, {
    schedule: '0 */10 * * * *',
    handler: (_timer: Timer, context: InvocationContext) => refresh(options, context),
  });
}

/** One run of `refresh`. */
export async function refresh(
  { trainer, registry, deltas, learner }: RefreshOptions,
  context: Pick<InvocationContext, 'info' | 'warn' | 'invocationId'>,
): Promise<void> {
  await learner.flush();
  const served = await registry.stable();
  const fresh = eventsSince(await deltas.cursors(), served?.manifest);
  if (fresh < WORTH_TRAINING) return context.info(`${fresh} events since the served model: not worth a training`);
  const outcome = await trainer.serve(`refresh-${context.invocationId}`, context);
  if (outcome === 'busy') context.info('A training run is under way');
}

function eventsSince(
  cursors: readonly { partition: string; sequence: number }[],
  served: ModelManifest | undefined,
): number {
  const trained = served?.trainedOn.cursors ?? {};
  return cursors.reduce((sum, { partition, sequence }) => sum + Math.max(0, sequence - (trained[partition] ?? -1)), 0);
}
