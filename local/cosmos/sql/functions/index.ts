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

/** Functions that Cosmos DB has and this engine has not. */
export const UNSUPPORTED_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'AGO ARRAY_AVG ARRAY_MAX ARRAY_MEDIAN ARRAY_MIN ARRAY_SUM CONTAINS_ALL_CI CONTAINS_ALL_CS CONTAINS_ANY_CI ' +
    'CONTAINS_ANY_CS DATETIMEFORMAT DAY DOCUMENTID FULLTEXTCONTAINS FULLTEXTCONTAINSALL FULLTEXTCONTAINSANY ' +
    'FULLTEXTSCORE IS_DATETIME LASTINDEXOF MONTH NOW RRF SETEQUAL ST_AREA ST_DISTANCE ST_INTERSECTS ST_ISVALID ' +
    'ST_ISVALIDDETAILED ST_WITHIN YEAR'
  ).split(' '),
);
