import { badRequest } from '../../errors.ts';
import { property, type Value } from '../../json.ts';
import type { SqlFunction } from './function.ts';

export const VECTOR_FUNCTIONS: Record<string, SqlFunction> = {
  /** `VectorDistance(a, b [, exact [, {distanceFunction}]])`; cosine unless told otherwise. */
  VECTORDISTANCE: {
    minimum: 2,
    maximum: 4,
    evaluate: ([left, right, , options]) => {
      if (!isVector(left) || !isVector(right) || left.length !== right.length) return undefined;
      const name = property(options, 'distanceFunction') ?? 'cosine';
      switch (typeof name === 'string' ? name.toLowerCase() : name) {
        case 'cosine':
          return divide(dot(left, right), Math.sqrt(dot(left, left) * dot(right, right)));
        case 'dotproduct':
          return dot(left, right);
        case 'euclidean':
          return Math.hypot(...left.map((value, index) => value - (right[index] as number)));
        default:
          throw badRequest(
            `The distance function ${JSON.stringify(name)} is unknown: allowed are cosine, dotproduct and euclidean.`,
          );
      }
    },
  },
};

function isVector(value: Value): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((element) => typeof element === 'number');
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] as number), 0);
}

function divide(dividend: number, divisor: number): number | undefined {
  return divisor === 0 ? undefined : dividend / divisor;
}
