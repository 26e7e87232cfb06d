import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXCLUDED } from '../contracts/model.ts';
import { ModelError } from './modelError.ts';
import { checkSession, openSession, spreadHistories } from './graphSession.ts';
import { decodeOnnxInterface } from './onnx/reader.ts';
import { decodeRecommenderGraph, encodeRecommenderGraph, type RecommenderTables } from './recommenderGraph.ts';
import { randomModel } from './testing/randomModel.ts';

/** Replaces a text in a graph file by another one of the same length. */
function replaceText(file: Uint8Array, from: string, to: string): Uint8Array {
  return Uint8Array.from(Buffer.from(Buffer.from(file).toString('latin1').replaceAll(from, to), 'latin1'));
}

describe('the recommender graph', () => {
  it('scores in onnxruntime as the plain scorer does, to 1e-5, on random models, histories and boosts', async () => {
    const shape = fc.record({
      items: fc.integer({ min: 1, max: 300 }),
      perItem: fc.integer({ min: 0, max: 20 }),
      seed: fc.nat(),
    });
    const entry = fc.tuple(fc.nat(), fc.double({ min: 0, max: 5, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(shape, fc.array(fc.array(entry, { maxLength: 30 }), { maxLength: 5 }), async (model, lists) => {
        const { tables } = randomModel(model);
        const session = await openSession(encodeRecommenderGraph(tables));
        const histories = lists.map((list) => ({
          ids: list.map(([id]) => id % model.items),
          weights: list.map(([, weight]) => weight),
        }));
        await checkSession(session, tables, [...histories, ...spreadHistories(model.items)]);
        await session.release();
      }),
      { numRuns: 60 },
    );
  });

  it('is noticed when it scores by other tables than it should', async () => {
    const { tables } = randomModel({ items: 50, perItem: 5, seed: 1 });
    const session = await openSession(encodeRecommenderGraph(randomModel({ items: 50, perItem: 5, seed: 2 }).tables));
    await expect(checkSession(session, tables, spreadHistories(50))).rejects.toThrow(
      /^The graph does not score as its tables say: item \d+ scored/,
    );
    await session.release();
  });

  it('gives its tables back', () => {
    const { tables } = randomModel({ items: 40, perItem: 3, seed: 1 });
    expect(decodeRecommenderGraph(encodeRecommenderGraph(tables), 40)).toEqual(tables);
  });

  it('is written for an empty vocabulary as well', async () => {
    const { tables } = randomModel({ items: 0, perItem: 0, seed: 1 });
    const session = await openSession(encodeRecommenderGraph(tables));
    await checkSession(session, tables, spreadHistories(0));
    await session.release();
  });
});

describe('reading a recommender graph', () => {
  const { tables } = randomModel({ items: 8, perItem: 2, seed: 1 });
  const file = encodeRecommenderGraph(tables);
  const changed = (change: Partial<RecommenderTables['neighbours']>, prior = tables.prior) =>
    encodeRecommenderGraph({ neighbours: { ...tables.neighbours, ...change }, prior });

  it.each([
    [
      'renamed inputs',
      replaceText(file, 'weights', 'weightz'),
      8,
      /inputs ids .*, weightz .*; they must be ids .*, weights/,
    ],
    ['renamed outputs', replaceText(file, 'scores', 'scorez'), 8, /outputs items .*, scorez .*; they must be/],
    ['a missing constant', replaceText(file, 'prior', 'priox'), 8, 'The graph has no constant prior.'],
    ['another vocabulary', file, 9, /inputs ids .*boost float32\[8\].*; they must be .*boost float32\[9\]/],
    ['targets outside', changed({ targets: tables.neighbours.targets.map(() => 8) }), 8, 'outside the vocabulary of 8'],
    ['a score without meaning', changed({ scores: new Float32Array(16).fill(NaN) }), 8, 'not a finite number ≥ 0'],
    ['a prior without meaning', changed({}, new Float32Array(8).fill(Infinity)), 8, 'table prior holds a non-number'],
    ['a short table', changed({ targets: new Int32Array(15) }), 8, 'constant neighbourItems int32[8, 2] must be'],
    ['rubbish', Uint8Array.of(1, 2, 3), 8, /^The graph is not a readable ONNX file: /],
  ])('refuses %s', (_, graph, items, message) => {
    expect(() => decodeRecommenderGraph(graph, items)).toThrow(ModelError);
    expect(() => decodeRecommenderGraph(graph, items)).toThrow(message);
  });

  it('refuses another operator set', () => {
    const other = file.slice();
    other[other.length - 1] = 17;
    expect(decodeOnnxInterface(other).opset).toBe(17);
    expect(() => decodeRecommenderGraph(other, 8)).toThrow(
      'The graph uses ONNX operator set 17; this runtime serves 18 only.',
    );
  });

  it('keeps excluded items below every score that a float32 model can reach', () => {
    expect(Math.fround(Math.fround(EXCLUDED) + 1e6)).toBe(Math.fround(EXCLUDED));
  });
});
