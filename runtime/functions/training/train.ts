import { app, type InvocationContext } from '@azure/functions';
import type { CloudEvent, TrainingRequest } from '../../contracts/events.ts';
import { EVENT_TYPES, FUNCTIONS } from '../../contracts/names.ts';
import type { Trainer } from './trainer.ts';

/**
 * Function `train`: serves `attune.training.requested.v1`. Event Grid delivers at least once and again after 30 s without
 * an answer. A request that has been served is answered at once; one that meets a running training fails at once, so
 * that Event Grid delivers it again later: none is lost, none trains twice.
 */
export function registerTrain(trainer: Trainer): void {
  app.eventGrid(FUNCTIONS.train, {
    handler: async (event: unknown, context: InvocationContext) => {
      const { id, type, data } = event as CloudEvent<TrainingRequest>;
      if (type !== EVENT_TYPES.trainingRequested) {
        return context.warn(`Ignored an event of type ${type}; train serves ${EVENT_TYPES.trainingRequested}.`);
      }
      const outcome = await trainer.serve(id, context);
      if (outcome === 'busy') throw new Error('A training run is under way; the request has to be delivered again.');
      context.info(outcome === 'done before' ? `Request ${id} was served before` : `Served "${data?.reason}"`);
    },
  });
}
