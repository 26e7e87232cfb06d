import { createHash } from 'node:crypto';
import { RECOMMENDER_GRAPH, type ModelManifest, type RecommenderSettings } from '../contracts/model.ts';
import { ModelError } from './modelError.ts';
import { bytesOf } from './onnx/schema.ts';
import { decodeRecommenderGraph, encodeRecommenderGraph, type RecommenderTables } from './recommenderGraph.ts';
import { checkSettings, SettingsError } from './settings.ts';

/** The files of one model version, as the registry holds them. */
export interface ModelArtefacts {
  manifest: ModelManifest;
  /** ONNX file of the graph `RECOMMENDER_GRAPH`. */
  graph: Uint8Array;
  /** JSON array of item ids in index order, UTF-8. */
  vocabulary: Uint8Array;
  /** float32, little endian, one per item, 0 to 1. */
  popularity: Uint8Array;
}

/** What a model is made of, once its files have been checked. */
export interface ModelContent {
  tables: RecommenderTables;
  vocabulary: readonly string[];
  /** Decayed popularity at training time, 0 to 1, in index order. */
  popularity: Float32Array;
  settings: RecommenderSettings;
}

/** What the manifest says besides the content. */
export type ModelRecord = Pick<ModelManifest, 'version' | 'createdAt' | 'trainedOn' | 'metrics' | 'trainSeconds'>;

/** Writes the files of a model version. */
export function packModel(content: ModelContent, record: ModelRecord): ModelArtefacts {
  const graph = encodeRecommenderGraph(content.tables);
  const vocabulary = new TextEncoder().encode(JSON.stringify(content.vocabulary));
  const popularity = bytesOf(content.popularity).slice();
  const folder = `recommender/${record.version}`;
  const manifest: ModelManifest = {
    ...record,
    kind: 'recommender',
    graph: {
      path: `${folder}/graph.onnx`,
      sha256: sha256(graph),
      bytes: graph.length,
      opset: RECOMMENDER_GRAPH.opset,
    },
    vocabulary: {
      path: `${folder}/vocabulary.json`,
      sha256: sha256(vocabulary),
      items: content.vocabulary.length,
    },
    settings: content.settings,
    popularity: { path: `${folder}/popularity.f32`, sha256: sha256(popularity) },
  };
  return { manifest, graph, vocabulary, popularity };
}

/** Reads the files of a model version and checks them against the manifest and each other; throws `ModelError`. */
export function openModel({ manifest, graph, vocabulary, popularity }: ModelArtefacts): ModelContent {
  checkManifest(manifest);
  if (manifest.kind !== 'recommender') {
    throw new ModelError(`The manifest describes a model of kind "${manifest.kind}", not a recommender.`);
  }
  if (graph.length !== manifest.graph.bytes) {
    throw new ModelError(`The graph has ${graph.length} bytes; the manifest says ${manifest.graph.bytes}.`);
  }
  checkDigest('graph', graph, manifest.graph.sha256);
  checkDigest('vocabulary', vocabulary, manifest.vocabulary.sha256);
  checkDigest('popularity', popularity, manifest.popularity.sha256);
  if (manifest.graph.opset !== RECOMMENDER_GRAPH.opset) {
    throw new ModelError(
      `The manifest says ONNX operator set ${manifest.graph.opset}; this runtime serves ${RECOMMENDER_GRAPH.opset} only.`,
    );
  }
  const items = readVocabulary(vocabulary, manifest.vocabulary.items);
  return {
    tables: decodeRecommenderGraph(graph, items.length),
    vocabulary: items,
    popularity: readPopularity(popularity, items.length),
    settings: readSettings(manifest.settings),
  };
}

/** A manifest comes from a file: every part that the checks below read has to be there. */
function checkManifest(manifest: Partial<ModelManifest> | null): void {
  for (const part of ['graph', 'vocabulary', 'popularity'] as const) {
    if (typeof manifest?.[part]?.sha256 !== 'string') throw new ModelError(`The manifest lacks ${part}.sha256.`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function checkDigest(part: string, bytes: Uint8Array, expected: string): void {
  const actual = sha256(bytes);
  if (actual !== expected) {
    throw new ModelError(`The ${part} has the SHA-256 ${actual}; the manifest says ${expected}.`);
  }
}

function readVocabulary(bytes: Uint8Array, expected: number): string[] {
  let items: unknown;
  try {
    items = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ModelError(`The vocabulary is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) {
    throw new ModelError('The vocabulary must be a JSON array of item ids.');
  }
  if (items.length !== expected) {
    throw new ModelError(`The vocabulary holds ${items.length} items; the manifest says ${expected}.`);
  }
  if (new Set(items).size !== items.length) throw new ModelError('The vocabulary names an item twice.');
  return items;
}

function readPopularity(bytes: Uint8Array, items: number): Float32Array {
  if (bytes.length !== items * Float32Array.BYTES_PER_ELEMENT) {
    throw new ModelError(`The popularity holds ${bytes.length} bytes; ${items} float32 numbers are needed.`);
  }
  const popularity = new Float32Array(Uint8Array.from(bytes).buffer);
  if (!popularity.every((value) => value >= 0 && value <= 1)) {
    throw new ModelError('The popularity holds a number that is not between 0 and 1.');
  }
  return popularity;
}

function readSettings(settings: unknown): RecommenderSettings {
  try {
    return checkSettings(settings);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new ModelError(`The manifest is wrong. ${error.message}`, { cause: error });
  }
}
