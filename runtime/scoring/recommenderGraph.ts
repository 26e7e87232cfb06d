import { RECOMMENDER_GRAPH } from '../contracts/model.ts';
import { ModelError } from './modelError.ts';
import { ProtobufError } from './onnx/protobuf.ts';
import { decodeOnnxInterface } from './onnx/reader.ts';
import { bytesOf, type OnnxInterface, type OnnxNode, type OnnxTensor, type OnnxValue } from './onnx/schema.ts';
import { encodeOnnx } from './onnx/writer.ts';

/**
 * The item-item table: row i holds the `perItem` neighbours of item i and what a history entry of weight 1 on item i
 * adds to each of them. Scores are ≥ 0; unused places hold the item itself with score 0.
 */
export interface NeighbourTable {
  items: number;
  perItem: number;
  /** int32 [items × perItem], row-major. */
  targets: Int32Array;
  /** float32 [items × perItem], row-major. */
  scores: Float32Array;
}

/** All that the graph's answer depends on besides its inputs. */
export interface RecommenderTables {
  neighbours: NeighbourTable;
  /** float32 [items]: added to every score, so that a short history still fills a list. */
  prior: Float32Array;
}

const { inputs: INPUT, outputs: OUTPUT, opset: OPSET } = RECOMMENDER_GRAPH;
const CONSTANT = { targets: 'neighbourItems', scores: 'neighbourScores', prior: 'prior' } as const;

/** score = boost + prior + Σ over the history of weight × neighbour scores; then the best `limit` of all items. */
const NODES: OnnxNode[] = [
  { operator: 'Gather', inputs: [CONSTANT.targets, INPUT.ids], outputs: ['targetRows'], attributes: { axis: 0 } },
  { operator: 'Gather', inputs: [CONSTANT.scores, INPUT.ids], outputs: ['scoreRows'], attributes: { axis: 0 } },
  { operator: 'Reshape', inputs: [INPUT.weights, 'asColumn'], outputs: ['weightColumn'] },
  { operator: 'Mul', inputs: ['scoreRows', 'weightColumn'], outputs: ['contributionRows'] },
  { operator: 'Reshape', inputs: ['targetRows', 'asList'], outputs: ['targets'] },
  { operator: 'Reshape', inputs: ['contributionRows', 'asList'], outputs: ['contributions'] },
  { operator: 'Add', inputs: [INPUT.boost, CONSTANT.prior], outputs: ['base'] },
  {
    operator: 'ScatterElements',
    inputs: ['base', 'targets', 'contributions'],
    outputs: ['allScores'],
    attributes: { axis: 0, reduction: 'add' },
  },
  {
    operator: 'TopK',
    inputs: ['allScores', INPUT.limit],
    outputs: [OUTPUT.scores, OUTPUT.items],
    attributes: { axis: 0, largest: 1, sorted: 1 },
  },
];

function graphInputs(items: number): OnnxValue[] {
  return [
    { name: INPUT.ids, type: 'int64', dimensions: ['history'] },
    { name: INPUT.weights, type: 'float32', dimensions: ['history'] },
    { name: INPUT.boost, type: 'float32', dimensions: [items] },
    { name: INPUT.limit, type: 'int64', dimensions: [1] },
  ];
}

function graphOutputs(): OnnxValue[] {
  return [
    { name: OUTPUT.items, type: 'int64', dimensions: ['limit'] },
    { name: OUTPUT.scores, type: 'float32', dimensions: ['limit'] },
  ];
}

/** Writes the ONNX file of a recommender, as the contract `RECOMMENDER_GRAPH` describes it. */
export function encodeRecommenderGraph({ neighbours, prior }: RecommenderTables): Uint8Array {
  const { items, perItem, targets, scores } = neighbours;
  return encodeOnnx({
    opset: OPSET,
    name: 'recommender',
    nodes: NODES,
    initializers: [
      { name: CONSTANT.targets, type: 'int32', dimensions: [items, perItem], data: bytesOf(targets) },
      { name: CONSTANT.scores, type: 'float32', dimensions: [items, perItem], data: bytesOf(scores) },
      { name: CONSTANT.prior, type: 'float32', dimensions: [items], data: bytesOf(prior) },
      { name: 'asColumn', type: 'int64', dimensions: [2], data: bytesOf(BigInt64Array.of(-1n, 1n)) },
      { name: 'asList', type: 'int64', dimensions: [1], data: bytesOf(BigInt64Array.of(-1n)) },
    ],
    inputs: graphInputs(items),
    outputs: graphOutputs(),
  });
}

/**
 * Reads the tables back from an ONNX file after checking operator set, inputs, outputs, shapes and ranges for a
 * vocabulary of `items` items. Throws `ModelError`.
 */
export function decodeRecommenderGraph(file: Uint8Array, items: number): RecommenderTables {
  const graph = readInterface(file);
  if (graph.opset !== OPSET) {
    throw new ModelError(`The graph uses ONNX operator set ${graph.opset}; this runtime serves ${OPSET} only.`);
  }
  checkValues('input', graph.inputs, graphInputs(items));
  checkValues('output', graph.outputs, graphOutputs());
  const perItem = constant(graph, CONSTANT.targets).dimensions[1] ?? 0;
  const targets = new Int32Array(constantData(graph, CONSTANT.targets, 'int32', [items, perItem]));
  const scores = new Float32Array(constantData(graph, CONSTANT.scores, 'float32', [items, perItem]));
  const prior = new Float32Array(constantData(graph, CONSTANT.prior, 'float32', [items]));
  if (!allWithin(targets, 0, items - 1)) {
    throw new ModelError(`The graph's table ${CONSTANT.targets} points outside the vocabulary of ${items} items.`);
  }
  if (!allWithin(scores, 0, Number.MAX_VALUE)) {
    throw new ModelError(`The graph's table ${CONSTANT.scores} holds a score that is not a finite number ≥ 0.`);
  }
  if (!allWithin(prior, -Number.MAX_VALUE, Number.MAX_VALUE))
    throw new ModelError(`The graph's table ${CONSTANT.prior} holds a non-number.`);
  return { neighbours: { items, perItem, targets, scores }, prior };
}

function readInterface(file: Uint8Array): OnnxInterface {
  try {
    return decodeOnnxInterface(file);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new ModelError(`The graph is not a readable ONNX file: ${error.message}`, { cause: error });
  }
}

function checkValues(kind: 'input' | 'output', found: readonly OnnxValue[], wanted: readonly OnnxValue[]): void {
  const actual = found.map(describe).join(', ');
  const expected = wanted.map(describe).join(', ');
  if (actual !== expected) throw new ModelError(`The graph has the ${kind}s ${actual}; they must be ${expected}.`);
}

/** Variable dimensions have no fixed name, so they all read `?`. */
function describe({ name, type, dimensions }: OnnxValue): string {
  return `${name} ${type}[${dimensions.map((size) => (typeof size === 'string' ? '?' : size)).join(', ')}]`;
}

function constant(graph: OnnxInterface, name: string): OnnxTensor {
  const found = graph.initializers.find((tensor) => tensor.name === name);
  if (!found) throw new ModelError(`The graph has no constant ${name}.`);
  return found;
}

/** A copy of a constant's bytes: aligned, and without keeping the whole file in memory. */
function constantData(graph: OnnxInterface, name: string, type: OnnxTensor['type'], shape: number[]): ArrayBuffer {
  const tensor = constant(graph, name);
  const bytes = 4 * shape.reduce((product, size) => product * size, 1);
  if (tensor.type !== type || tensor.dimensions.join() !== shape.join() || tensor.data.length !== bytes) {
    const actual = describe({ ...tensor, name });
    throw new ModelError(`The graph's constant ${actual} must be ${describe({ name, type, dimensions: shape })}.`);
  }
  // A copy of its own: `slice` of a Node Buffer would share memory that may start at any address.
  return Uint8Array.from(tensor.data).buffer;
}

/** False for NaN as well. A plain loop, because these tables have a million numbers and requests wait meanwhile. */
function allWithin(values: Int32Array | Float32Array, least: number, most: number): boolean {
  for (const value of values) if (!(value >= least && value <= most)) return false;
  return true;
}
