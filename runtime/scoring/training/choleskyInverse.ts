/**
 * Inverse of a symmetric positive definite n×n matrix (row-major) by Cholesky factorisation in double precision;
 * O(n³), meant for small blocks. Throws a RangeError when the matrix is not positive definite.
 */
export function choleskyInverse(matrix: Float32Array, n: number): Float32Array {
  const factor = choleskyFactor(matrix, n);
  const triangleInverse = invertLowerTriangle(factor, n);
  const inverse = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += triangleInverse[k * n + i]! * triangleInverse[k * n + j]!;
      inverse[i * n + j] = sum;
      inverse[j * n + i] = sum;
    }
  }
  return inverse;
}

function choleskyFactor(matrix: Float32Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
      if (i !== j) factor[i * n + j] = sum / factor[j * n + j]!;
      else if (sum > 0) factor[i * n + i] = Math.sqrt(sum);
      else throw new RangeError(`The matrix is not positive definite: pivot ${i} of ${n} is ${sum}.`);
    }
  }
  return factor;
}

function invertLowerTriangle(factor: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / factor[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= factor[i * n + k]! * inverse[k * n + j]!;
      inverse[i * n + j] = sum / factor[i * n + i]!;
    }
  }
  return inverse;
}
