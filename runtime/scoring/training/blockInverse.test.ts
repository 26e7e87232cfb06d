import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seededRandom.ts';
import { invertByBlocks } from './blockInverse.ts';
import { choleskyInverse } from './choleskyInverse.ts';

/** Co-occurrences of random baskets plus a ridge: what training inverts. */
function coOccurrenceMatrix(n: number, ridge: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const matrix = new Float32Array(n * n);
  for (let basket = 0; basket < 60; basket++) {
    const items = Array.from({ length: n }, (_, item) => item).filter(() => random() < 0.2);
    for (const one of items) for (const other of items) matrix[one * n + other]! += 1;
  }
  for (let item = 0; item < n; item++) matrix[item * n + item]! += ridge;
  return matrix;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, place) => Math.max(most, Math.abs(value - b[place]!)), 0);
}

function largest(a: Float32Array): number {
  return a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe('choleskyInverse', () => {
  it('gives the identity when multiplied with the matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (n, seed) => {
        const matrix = coOccurrenceMatrix(n, 5, seed);
        const inverse = choleskyInverse(matrix, n);
        for (let row = 0; row < n; row++) {
          for (let column = 0; column < n; column++) {
            let product = 0;
            for (let k = 0; k < n; k++) product += matrix[row * n + k]! * inverse[k * n + column]!;
            expect(product).toBeCloseTo(row === column ? 1 : 0, 4);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => choleskyInverse(Float32Array.of(1, 2, 2, 1), 2)).toThrow('pivot 1 of 2 is -3');
  });
});

describe('invertByBlocks', () => {
  it.each([1, 95, 96, 97, 193, 260, 401])('agrees with the plain inverse for n = %i', async (n) => {
    const matrix = coOccurrenceMatrix(n, 5, n);
    const expected = choleskyInverse(matrix, n);
    await invertByBlocks(matrix, n);
    expect(largestDifference(matrix, expected)).toBeLessThan(2e-5 * largest(expected));
  });

  it('inverts nothing for n = 0', async () => {
    const matrix = new Float32Array(0);
    await invertByBlocks(matrix, 0);
    expect(matrix).toHaveLength(0);
  });

  it('refuses a matrix that is not positive definite', async () => {
    await expect(invertByBlocks(new Float32Array(200 * 200), 200)).rejects.toThrow('not positive definite');
  });
});
