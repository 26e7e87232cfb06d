import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seededRandom.ts';
import { blendNeighbours, type TransitionRow } from './blend.ts';
import type { EaseWeights } from './ease.ts';

const ITEMS = 9;

function randomEase(random: () => number): EaseWeights {
  const weights = Float32Array.from({ length: ITEMS * ITEMS }, (_, place) =>
    place % (ITEMS + 1) === 0 ? 0 : random() - 0.3,
  );
  return { items: ITEMS, weights };
}

function randomTransitions(random: () => number): TransitionRow[] {
  return Array.from({ length: ITEMS }, (_, from) => {
    const targets = Array.from({ length: ITEMS }, (_, item) => item).filter((to) => to !== from && random() < 0.4);
    return { targets: Int32Array.from(targets), probabilities: Float32Array.from(targets, () => random()) };
  });
}

function scaled(rows: readonly TransitionRow[], factor: number): TransitionRow[] {
  return rows.map(({ targets, probabilities }) => ({
    targets,
    probabilities: probabilities.map((value) => value * factor),
  }));
}

/** Mean over the rows of the squared norm; the blend divides each model by its root. */
function meanSquare(values: Iterable<number>, rows: number): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / rows;
}

describe('blendNeighbours', () => {
  it('holds the best positive neighbours of the calibrated sum of both models, and pads with score 0', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(0, 0.25, 0.5, 0.8, 1),
        fc.integer({ min: 1, max: 12 }),
        (seed, easeShare, perItem) => {
          const random = seededRandom(seed);
          const ease = randomEase(random);
          const transitions = randomTransitions(random);
          const table = blendNeighbours({ ease, transitions, easeShare, perItem });

          const easeNorm = Math.sqrt(meanSquare(ease.weights, ITEMS));
          const probabilities = transitions.flatMap((row) => [...row.probabilities]);
          const transitionNorm = Math.sqrt(meanSquare(probabilities, ITEMS)) || 1;
          for (let from = 0; from < ITEMS; from++) {
            const expected = Array.from({ length: ITEMS }, (_, to) => {
              const place = transitions[from]!.targets.indexOf(to);
              const probability = place < 0 ? 0 : transitions[from]!.probabilities[place]!;
              const regression = ease.weights[from * ITEMS + to]!;
              return (easeShare * regression) / easeNorm + ((1 - easeShare) * probability) / transitionNorm;
            });
            const best = expected.filter((score) => score > 0).sort((a, b) => b - a);
            for (let column = 0; column < perItem; column++) {
              const to = table.targets[from * perItem + column]!;
              expect(table.scores[from * perItem + column]).toBeCloseTo(best[column] ?? 0, 5);
              if (column < best.length) expect(expected[to]).toBeCloseTo(best[column]!, 5);
              else expect(to).toBe(from);
            }
          }
        },
      ),
    );
  });

  it('does not depend on the unit of a model', () => {
    const random = seededRandom(4);
    const ease = randomEase(random);
    const transitions = randomTransitions(random);
    const table = blendNeighbours({ ease, transitions, easeShare: 0.5, perItem: 4 });
    const other = blendNeighbours({ ease, transitions: scaled(transitions, 1024), easeShare: 0.5, perItem: 4 });
    expect(other.targets).toEqual(table.targets);
    other.scores.forEach((score, place) => expect(score).toBeCloseTo(table.scores[place]!, 5));
  });

  it('does with one model where the other knows nothing', () => {
    const nothing = Array.from({ length: ITEMS }, () => ({
      targets: new Int32Array(0),
      probabilities: new Float32Array(0),
    }));
    const ease = randomEase(seededRandom(2));
    const both = blendNeighbours({ ease, transitions: nothing, easeShare: 0.5, perItem: 3 });
    const alone = blendNeighbours({ ease, transitions: nothing, easeShare: 1, perItem: 3 });
    expect(both.targets).toEqual(alone.targets);
    expect(both.scores.every(Number.isFinite)).toBe(true);
    expect(both.scores.some((score) => score > 0)).toBe(true);
  });
});
