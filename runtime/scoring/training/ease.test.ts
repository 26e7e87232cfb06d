import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seededRandom.ts';
import { choleskyInverse } from './choleskyInverse.ts';
import { trainEase } from './ease.ts';

const ITEMS = 12;
const LAMBDA = 3;
const random = seededRandom(11);
const sequences = Array.from({ length: 60 }, () =>
  Int32Array.from(Array.from({ length: ITEMS }, (_, item) => item).filter(() => random() < 0.3)),
);

/** Ridge regression of one item on all others, straight from the normal equations. */
function ridgeWeights(target: number): number[] {
  const others = Array.from({ length: ITEMS }, (_, item) => item).filter((item) => item !== target);
  const together = (a: number, b: number) => sequences.filter((items) => items.includes(a) && items.includes(b)).length;
  const normal = others.flatMap((a) => others.map((b) => together(a, b) + (a === b ? LAMBDA : 0)));
  const inverse = choleskyInverse(Float32Array.from(normal), others.length);
  const weights = others.map((_, row) =>
    others.reduce((sum, item, column) => sum + inverse[row * others.length + column]! * together(item, target), 0),
  );
  weights.splice(target, 0, 0);
  return weights;
}

describe('trainEase', () => {
  it('is the ridge regression of every item on all others', async () => {
    const { weights } = await trainEase({ sequences, items: ITEMS, lambda: LAMBDA });
    for (let target = 0; target < ITEMS; target++) {
      ridgeWeights(target).forEach((weight, from) => expect(weights[from * ITEMS + target]).toBeCloseTo(weight, 4));
    }
  });

  it('leaves out the items from `items` on, as if nobody had them', async () => {
    const shortened = sequences.map((items) => items.filter((item) => item < 5));
    const block = await trainEase({ sequences, items: 5, lambda: LAMBDA });
    expect(block).toEqual(await trainEase({ sequences: shortened, items: 5, lambda: LAMBDA }));
  });

  it('knows nothing of no items', async () => {
    expect(await trainEase({ sequences: [], items: 0, lambda: LAMBDA })).toEqual({
      items: 0,
      weights: new Float32Array(0),
    });
  });
});
