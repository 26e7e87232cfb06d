import type { ModelContent, ModelRecord } from '../artefacts.ts';
import { defaultRecommenderSettings } from '../settings.ts';
import { seededRandom } from './seededRandom.ts';

/** Manifest entries of a model that was not trained. */
export const untrainedRecord: ModelRecord = {
  version: 'random',
  createdAt: '2026-01-01T00:00:00.000Z',
  trainedOn: { users: 0, items: 0, interactions: 0, cursors: {} },
  metrics: { hitRateAt10: 0, ndcgAt10: 0, users: 0 },
  trainSeconds: 0,
};

/** A model of `items` items named `item-0` …, each with `perItem` random neighbours; the same for the same seed. */
export function randomModel(shape: { items: number; perItem: number; seed: number }): ModelContent {
  const { items, perItem } = shape;
  const random = seededRandom(shape.seed);
  const popularity = Float32Array.from({ length: items }, random);
  return {
    tables: {
      neighbours: {
        items,
        perItem,
        targets: Int32Array.from({ length: items * perItem }, () => Math.floor(random() * items)),
        scores: Float32Array.from({ length: items * perItem }, random),
      },
      prior: popularity.map((value) => value / 100),
    },
    vocabulary: Array.from({ length: items }, (_, index) => `item-${index}`),
    popularity,
    settings: defaultRecommenderSettings,
  };
}
