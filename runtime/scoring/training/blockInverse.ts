import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxNode, OnnxValue } from '../onnx/schema.ts';
import { encodeOnnx } from '../onnx/writer.ts';
import { choleskyInverse } from './choleskyInverse.ts';

/** Up to this size a block is inverted in plain JavaScript. */
const SMALLEST_BLOCK = 96;

/** Schur complement of A in [[A, B], [Bᵀ, C]]: W = A⁻¹B, S = C − BᵀW. */
const SCHUR_NODES: OnnxNode[] = [
  { operator: 'MatMul', inputs: ['inverseA', 'b'], outputs: ['w'] },
  { operator: 'Transpose', inputs: ['b'], outputs: ['bTransposed'] },
  { operator: 'MatMul', inputs: ['bTransposed', 'w'], outputs: ['reduction'] },
  { operator: 'Sub', inputs: ['c', 'reduction'], outputs: ['s'] },
];

/** Upper blocks of the inverse [[A⁻¹ + T Wᵀ, −T], [−Tᵀ, S⁻¹]] with T = W S⁻¹. */
const INVERSE_NODES: OnnxNode[] = [
  { operator: 'MatMul', inputs: ['w', 'inverseS'], outputs: ['t'] },
  { operator: 'Transpose', inputs: ['w'], outputs: ['wTransposed'] },
  { operator: 'MatMul', inputs: ['t', 'wTransposed'], outputs: ['correction'] },
  { operator: 'Add', inputs: ['inverseA', 'correction'], outputs: ['topLeft'] },
  { operator: 'Neg', inputs: ['t'], outputs: ['topRight'] },
];

interface Sessions {
  schur: InferenceSession;
  inverse: InferenceSession;
}

/**
 * Replaces a symmetric positive definite n×n matrix (row-major) by its inverse, in single precision, by recursion on
 * 2×2 blocks. The matrix products, 4/3 n³ operations in all, run in onnxruntime on one thread, whose kernels are far
 * faster than JavaScript loops. Needs about twice the memory of the matrix besides it. Throws a RangeError when the
 * matrix is not positive definite.
 */
export async function invertByBlocks(matrix: Float32Array, n: number): Promise<void> {
  const sessions = {
    schur: await matrixSession('schur', SCHUR_NODES, ['inverseA', 'b', 'c'], ['w', 's']),
    inverse: await matrixSession('inverse', INVERSE_NODES, ['inverseA', 'w', 'inverseS'], ['topLeft', 'topRight']),
  };
  try {
    await invert(sessions, matrix, n);
  } finally {
    await sessions.schur.release();
    await sessions.inverse.release();
  }
}

async function invert(sessions: Sessions, matrix: Float32Array, n: number): Promise<void> {
  if (n <= SMALLEST_BLOCK) {
    matrix.set(choleskyInverse(matrix, n));
    return;
  }
  const half = n >>> 1;
  const rest = n - half;
  const inverseA = copyBlock(matrix, n, 0, 0, half, half);
  await invert(sessions, inverseA, half);
  const { w, s } = await sessions.schur.run({
    inverseA: tensor(inverseA, half),
    b: tensor(copyBlock(matrix, n, 0, half, half, rest), half),
    c: tensor(copyBlock(matrix, n, half, half, rest, rest), rest),
  });
  const inverseS = s!.data as Float32Array;
  await invert(sessions, inverseS, rest);
  const { topLeft, topRight } = await sessions.inverse.run({
    inverseA: tensor(inverseA, half),
    w: w!,
    inverseS: tensor(inverseS, rest),
  });
  const coupling = topRight!.data as Float32Array;
  pasteBlock(matrix, n, 0, 0, topLeft!.data as Float32Array, half);
  pasteBlock(matrix, n, 0, half, coupling, rest);
  pasteBlock(matrix, n, half, half, inverseS, rest);
  for (let row = 0; row < rest; row++) {
    for (let column = 0; column < half; column++) {
      matrix[(half + row) * n + column] = coupling[column * rest + row]!;
    }
  }
}

function tensor(data: Float32Array, rows: number): Tensor {
  return new Tensor('float32', data, [rows, data.length / rows]);
}

function copyBlock(
  matrix: Float32Array,
  n: number,
  firstRow: number,
  firstColumn: number,
  rows: number,
  columns: number,
): Float32Array {
  const block = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = (firstRow + row) * n + firstColumn;
    block.set(matrix.subarray(start, start + columns), row * columns);
  }
  return block;
}

function pasteBlock(
  matrix: Float32Array,
  n: number,
  firstRow: number,
  firstColumn: number,
  block: Float32Array,
  columns: number,
): void {
  for (let row = 0; row * columns < block.length; row++) {
    matrix.set(block.subarray(row * columns, (row + 1) * columns), (firstRow + row) * n + firstColumn);
  }
}

/** Session of a graph whose inputs and outputs are float32 matrices of any size. */
async function matrixSession(
  name: string,
  nodes: OnnxNode[],
  inputs: string[],
  outputs: string[],
): Promise<InferenceSession> {
  const matrix = (value: string): OnnxValue => ({
    name: value,
    type: 'float32',
    dimensions: [`${value}Rows`, `${value}Columns`],
  });
  const model = { opset: 18, name, nodes, initializers: [], inputs: inputs.map(matrix), outputs: outputs.map(matrix) };
  // Without the arena the blocks go back to the system as soon as they are not needed.
  return InferenceSession.create(encodeOnnx(model), { intraOpNumThreads: 1, enableCpuMemArena: false });
}
