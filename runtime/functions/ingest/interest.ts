import type { RecommenderSettings } from '../../contracts/model.ts';

/** Known actions that are no sign of interest in an item, unless the settings give them a weight. */
const WITHOUT_INTEREST = new Set(['search', 'dismiss', 'return']);

/** Weight of an action as a sign of interest in its item; other than the known ones count as `custom`. */
export function interestIn({ actionWeights }: RecommenderSettings): (action: string) => number {
  return (action) => {
    if (Object.hasOwn(actionWeights, action)) return actionWeights[action]!;
    return WITHOUT_INTEREST.has(action) ? 0 : (actionWeights.custom ?? 0);
  };
}
