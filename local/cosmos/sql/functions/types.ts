import { isObject } from '../../json.ts';
import { test, type SqlFunction } from './function.ts';

export const TYPE_FUNCTIONS: Record<string, SqlFunction> = {
  IS_ARRAY: test((value) => Array.isArray(value)),
  IS_BOOL: test((value) => typeof value === 'boolean'),
  IS_DEFINED: test((value) => value !== undefined),
  IS_FINITE_NUMBER: test((value) => Number.isFinite(value)),
  IS_INTEGER: test((value) => Number.isSafeInteger(value)),
  IS_NULL: test((value) => value === null),
  IS_NUMBER: test((value) => typeof value === 'number'),
  IS_OBJECT: test(isObject),
  IS_PRIMITIVE: test((value) => value === null || ['boolean', 'number', 'string'].includes(typeof value)),
  IS_STRING: test((value) => typeof value === 'string'),
  IIF: {
    minimum: 3,
    evaluate: ([condition, then, otherwise]) => (condition === true ? then : otherwise),
  },
};
