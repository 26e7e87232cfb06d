import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../contracts/model.ts';
import { packModel } from './artefacts.ts';
import { loadRecommender, ModelError, type ModelArtefacts, type RankedItem } from './recommender.ts';
import { randomModel, untrainedRecord } from './testing/randomModel.ts';

const artefacts = packModel(randomModel({ items: 30, perItem: 4, seed: 1 }), untrainedRecord);

type Part = 'graph' | 'vocabulary' | 'popularity';

/** The artefacts with one file replaced and a manifest that agrees with it. */
function withFile(part: Part, file: Uint8Array): ModelArtefacts {
  const sha256 = createHash('sha256').update(file).digest('hex');
  const manifest = { ...artefacts.manifest, [part]: { ...artefacts.manifest[part], sha256 } };
  if (part === 'graph') manifest.graph.bytes = file.length;
  return { ...artefacts, manifest, [part]: file };
}

function withManifest(change: object): ModelArtefacts {
  return { ...artefacts, manifest: { ...artefacts.manifest, ...change } as ModelManifest };
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function flipBit(file: Uint8Array, bit: number): Uint8Array {
  const flipped = file.slice();
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

async function answers(model: ModelArtefacts): Promise<RankedItem[][]> {
  const recommender = await loadRecommender(model);
  const histories = [[], ['item-3'], ['item-7', 'item-11', 'item-3']];
  const ranked = histories.map((items) =>
    recommender.rank({ history: items.map((item) => ({ item, action: 'click' })), limit: 30 }),
  );
  return Promise.all(ranked).finally(() => recommender.release());
}

async function refusal(model: ModelArtefacts): Promise<unknown> {
  return loadRecommender(model).then(
    () => 'loaded',
    (error: unknown) => error,
  );
}

describe('loadRecommender', () => {
  it('loads files that lie anywhere in a larger buffer, as downloads do', async () => {
    const shifted = (file: Uint8Array) =>
      Buffer.concat([Buffer.alloc(3), file, Buffer.alloc(2)]).subarray(3, 3 + file.length);
    const { manifest, graph, vocabulary, popularity } = artefacts;
    const downloaded = { graph: shifted(graph), vocabulary: shifted(vocabulary), popularity: shifted(popularity) };
    expect(await answers({ manifest, ...downloaded })).toEqual(await answers(artefacts));
  });

  it('loads what packModel wrote', async () => {
    const recommender = await loadRecommender(artefacts);
    expect(recommender.version).toBe('random');
    expect(recommender.vocabulary).toHaveLength(30);
    expect(recommender.indexOf('item-29')).toBe(29);
    expect(recommender.indexOf('item-30')).toBe(-1);
    expect(recommender.popularity).toEqual(randomModel({ items: 30, perItem: 4, seed: 1 }).popularity);
    await recommender.release();
  });

  it.each<[string, ModelArtefacts, string | RegExp]>([
    [
      'a truncated graph',
      { ...artefacts, graph: artefacts.graph.subarray(0, 500) },
      /^The graph has 500 bytes; the manifest says \d+\.$/,
    ],
    [
      'a changed graph',
      { ...artefacts, graph: flipBit(artefacts.graph, 4000) },
      /^The graph has the SHA-256 .*; the manifest says/,
    ],
    [
      'a changed vocabulary',
      { ...artefacts, vocabulary: flipBit(artefacts.vocabulary, 40) },
      /^The vocabulary has the SHA-256/,
    ],
    [
      'a changed popularity',
      { ...artefacts, popularity: flipBit(artefacts.popularity, 40) },
      /^The popularity has the SHA-256/,
    ],
    [
      'a truncated graph with a fitting manifest',
      withFile('graph', artefacts.graph.subarray(0, 500)),
      /^The graph is not a readable ONNX file: /,
    ],
    [
      'another operator set in the manifest',
      withManifest({ graph: { ...artefacts.manifest.graph, opset: 20 } }),
      'The manifest says ONNX operator set 20; this runtime serves 18 only.',
    ],
    [
      'another kind of model',
      withManifest({ kind: 'bandit' }),
      'The manifest describes a model of kind "bandit", not a recommender.',
    ],
    ['a manifest without a graph', withManifest({ graph: undefined }), 'The manifest lacks graph.sha256.'],
    [
      'settings out of range',
      withManifest({ settings: { ...artefacts.manifest.settings, easeShare: 2 } }),
      'The manifest is wrong. Recommender setting easeShare is 2; it must be a number from 0 to 1.',
    ],
    [
      'missing settings',
      withManifest({ settings: undefined }),
      /^The manifest is wrong\. Recommender setting \(all\) is undefined/,
    ],
    ['a vocabulary that is no JSON', withFile('vocabulary', text('["a"')), /^The vocabulary is not JSON: /],
    [
      'a vocabulary of numbers',
      withFile('vocabulary', text('[1]')),
      'The vocabulary must be a JSON array of item ids.',
    ],
    [
      'a short vocabulary',
      withFile('vocabulary', text('["a"]')),
      'The vocabulary holds 1 items; the manifest says 30.',
    ],
    [
      'a repeated item',
      withFile('vocabulary', text(JSON.stringify(new Array(30).fill('a')))),
      'The vocabulary names an item twice.',
    ],
    [
      'a short popularity',
      withFile('popularity', new Uint8Array(8)),
      'The popularity holds 8 bytes; 30 float32 numbers are needed.',
    ],
    [
      'a popularity above 1',
      withFile('popularity', new Uint8Array(120).fill(0x41)),
      'The popularity holds a number that is not between 0 and 1.',
    ],
  ])('refuses %s in one line', async (_, model, message) => {
    const error = await refusal(model);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).message).toMatch(message);
    expect((error as ModelError).message).not.toContain('\n');
  });

  it('refuses any flipped bit of any file while the manifest is intact', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<Part>('graph', 'vocabulary', 'popularity'), fc.nat(), async (part, bit) => {
        const file = artefacts[part];
        expect(await refusal({ ...artefacts, [part]: flipBit(file, bit % (8 * file.length)) })).toBeInstanceOf(
          ModelError,
        );
      }),
    );
  });

  it('refuses a damaged graph even with a fitting manifest, unless the damage changes no answer or only table values', async () => {
    const intact = await answers(artefacts);
    const tableBytes = locateTables();
    await fc.assert(
      fc.asyncProperty(fc.nat(8 * artefacts.graph.length - 1), async (bit) => {
        if (tableBytes.some(({ start, end }) => bit >= 8 * start && bit < 8 * end)) return;
        const damaged = withFile('graph', flipBit(artefacts.graph, bit));
        const outcome = await answers(damaged).catch((error: unknown) => error);
        if (!(outcome instanceof ModelError)) expect(outcome).toEqual(intact);
      }),
      { numRuns: 600 },
    );
  });

  it('refuses a graph cut anywhere even with a fitting manifest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(artefacts.graph.length - 1), async (length) => {
        expect(await refusal(withFile('graph', artefacts.graph.subarray(0, length)))).toBeInstanceOf(ModelError);
      }),
    );
  });
});

/** Where the numbers of the three tables lie: other numbers make another model, not a damaged one. */
function locateTables(): { start: number; end: number }[] {
  const { tables } = randomModel({ items: 30, perItem: 4, seed: 1 });
  return [tables.neighbours.targets, tables.neighbours.scores, tables.prior].map((table) => {
    const bytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
    const start = Buffer.from(artefacts.graph).indexOf(bytes);
    expect(start).toBeGreaterThan(0);
    return { start, end: start + bytes.length };
  });
}
