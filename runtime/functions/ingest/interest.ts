import type { RecommenderSettings } from '../../contracts/model.ts';

/** Weight of an action as a sign of interest in its item; actions without a weight of their own count as `custom`. */
export function interestIn({ actionWeights }: RecommenderSettings): (action: string) => number {
  const custom = actionWeights.custom ?? 0;
  return (action) => (Object.hasOwn(actionWeights, action) ? actionWeights[action]! : custom);
}
