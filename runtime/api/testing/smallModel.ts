import { packModel, type ModelArtefacts } from '../../scoring/artefacts.ts';
import { defaultRecommenderSettings } from '../../scoring/settings.ts';

/** What goes with what: item to its neighbours with their scores. */
export type Neighbours = Record<string, Record<string, number>>;

/** A servable model whose item-item table is given by hand. Popularity falls in the order of the items. */
export function smallModel(version: string, neighbours: Neighbours): ModelArtefacts {
  const vocabulary = [
    ...new Set(Object.entries(neighbours).flatMap(([item, others]) => [item, ...Object.keys(others)])),
  ];
  const items = vocabulary.length;
  const perItem = Math.max(1, ...Object.values(neighbours).map((others) => Object.keys(others).length));
  const targets = new Int32Array(items * perItem);
  const scores = new Float32Array(items * perItem);
  vocabulary.forEach((item, row) => {
    targets.fill(row, row * perItem, (row + 1) * perItem);
    Object.entries(neighbours[item] ?? {}).forEach(([other, score], column) => {
      targets[row * perItem + column] = vocabulary.indexOf(other);
      scores[row * perItem + column] = score;
    });
  });
  const popularity = Float32Array.from(vocabulary, (_, index) => (items - index) / items);
  return packModel(
    {
      tables: { neighbours: { items, perItem, targets, scores }, prior: popularity.map((value) => value / 1_000) },
      vocabulary,
      popularity,
      settings: defaultRecommenderSettings,
    },
    {
      version,
      createdAt: '2026-01-01T00:00:00.000Z',
      trainedOn: { users: 0, items, interactions: 0, cursors: {} },
      metrics: { hitRateAt10: 0, ndcgAt10: 0, users: 0 },
      trainSeconds: 0,
    },
  );
}
