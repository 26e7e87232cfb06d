import { ARRAY_FUNCTIONS } from './arrays.ts';
import { DATE_FUNCTIONS } from './dates.ts';
import type { SqlFunction } from './function.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { STRING_FUNCTIONS } from './strings.ts';
import { TYPE_FUNCTIONS } from './types.ts';
import { VECTOR_FUNCTIONS } from './vector.ts';

/** The built-in functions by their name in upper case. */
export const FUNCTIONS: Record<string, SqlFunction> = {
  ...ARRAY_FUNCTIONS,
  ...DATE_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...TYPE_FUNCTIONS,
  ...VECTOR_FUNCTIONS,
};
