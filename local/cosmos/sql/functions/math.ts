import { ofNumbers, type SqlFunction } from './function.ts';

export const MATH_FUNCTIONS: Record<string, SqlFunction> = {
  ABS: ofNumbers(1, Math.abs),
  ACOS: ofNumbers(1, Math.acos),
  ASIN: ofNumbers(1, Math.asin),
  ATAN: ofNumbers(1, Math.atan),
  ATN2: ofNumbers(2, Math.atan2),
  CEILING: ofNumbers(1, Math.ceil),
  COS: ofNumbers(1, Math.cos),
  COT: ofNumbers(1, (angle) => 1 / Math.tan(angle)),
  DEGREES: ofNumbers(1, (radians) => (radians * 180) / Math.PI),
  EXP: ofNumbers(1, Math.exp),
  FLOOR: ofNumbers(1, Math.floor),
  LOG: {
    minimum: 1,
    maximum: 2,
    evaluate: (args) => {
      const [value, base = Math.E] = args;
      if (typeof value !== 'number' || typeof base !== 'number') return undefined;
      const result = base === Math.E ? Math.log(value) : Math.log(value) / Math.log(base);
      return Number.isFinite(result) ? result : undefined;
    },
  },
  LOG10: ofNumbers(1, Math.log10),
  NUMBERBIN: {
    minimum: 1,
    maximum: 2,
    evaluate: ([value, size = 1]) => {
      if (typeof value !== 'number' || typeof size !== 'number' || size <= 0) return undefined;
      return Math.floor(value / size) * size;
    },
  },
  PI: ofNumbers(0, () => Math.PI),
  POWER: ofNumbers(2, Math.pow),
  RADIANS: ofNumbers(1, (degrees) => (degrees * Math.PI) / 180),
  RAND: ofNumbers(0, Math.random),
  ROUND: {
    minimum: 1,
    maximum: 2,
    evaluate: ([value, digits = 0]) => {
      if (typeof value !== 'number' || typeof digits !== 'number') return undefined;
      const scale = 10 ** Math.trunc(digits);
      // Halves go away from zero.
      const result = (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale;
      return Number.isFinite(result) ? result : undefined;
    },
  },
  SIGN: ofNumbers(1, Math.sign),
  SIN: ofNumbers(1, Math.sin),
  SQRT: ofNumbers(1, Math.sqrt),
  SQUARE: ofNumbers(1, (value) => value * value),
  TAN: ofNumbers(1, Math.tan),
  TRUNC: ofNumbers(1, Math.trunc),
  INTADD: ofIntegers((left, right) => left + right),
  INTSUB: ofIntegers((left, right) => left - right),
  INTMUL: ofIntegers((left, right) => left * right),
  INTDIV: ofIntegers((left, right) => (right === 0n ? undefined : left / right)),
  INTMOD: ofIntegers((left, right) => (right === 0n ? undefined : left % right)),
  INTBITAND: ofIntegers((left, right) => left & right),
  INTBITOR: ofIntegers((left, right) => left | right),
  INTBITXOR: ofIntegers((left, right) => left ^ right),
  INTBITLEFTSHIFT: ofIntegers((value, bits) => (bits < 0n ? undefined : bits > 63n ? 0n : value << bits)),
  INTBITRIGHTSHIFT: ofIntegers((value, bits) => (bits < 0n ? undefined : value >> bits)),
  INTBITNOT: {
    minimum: 1,
    evaluate: ([value]) => (Number.isInteger(value) ? Number(~BigInt(value as number)) : undefined),
  },
};

/** Arithmetic of 64-bit integers. */
function ofIntegers(evaluate: (left: bigint, right: bigint) => bigint | undefined): SqlFunction {
  return {
    minimum: 2,
    evaluate: ([left, right]) => {
      if (!Number.isInteger(left) || !Number.isInteger(right)) return undefined;
      const result = evaluate(BigInt(left as number), BigInt(right as number));
      return result === undefined ? undefined : Number(BigInt.asIntN(64, result));
    },
  };
}
