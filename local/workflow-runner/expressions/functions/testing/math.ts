import type { Row } from './row.ts';

/** Expressions and their values; many of them are examples of the documentation. */
export const MATH: Row[] = [
  [`add(1, 1.5)`, 2.5],
  [`sub(10.3, 0.3)`, 10],
  [`mul(2, -3)`, -6],
  [`div(10, 4)`, 2],
  [`div(-7, 2)`, -3],
  [`div(11, 2.5)`, 4.4],
  [`mod(-7, 3)`, -1],
  [`max(1, 3, 2)`, 3],
  [`max(variables('list'))`, 3],
  [`min(createArray(3, 1))`, 1],
  [`range(1, 4)`, [1, 2, 3, 4]],
  [`rand(5, 6)`, 5],
  [`div(10, 5)`, 2],
  [`div(11, 5)`, 2],
  [`div(11, 5.0)`, 2.2],
  [`div(11.0, 5)`, 2.2],
  [`div(float('7'), 2)`, 3.5],
  [`div(mul(5.0, 1), 2)`, 2.5],
  [`sub(10.3, .3)`, 10],
  [`mod(-5, 2)`, -1],
  [`mod(4, -3)`, 1],
  [`mul(1.5, 2)`, 3],
  [`min(1, 2, 3)`, 1],
];
