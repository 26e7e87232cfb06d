import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FUNCTIONS } from '../contracts/names.ts';

it('host.json sets log levels of functions that there are', () => {
  const host = JSON.parse(readFileSync(join(import.meta.dirname, 'host.json'), 'utf8')) as {
    logging: { logLevel: Record<string, string> };
  };
  const named = Object.keys(host.logging.logLevel).filter((category) => category.startsWith('Function.'));
  expect(named).not.toEqual([]);
  expect(Object.values(FUNCTIONS).map((name) => `Function.${name}`)).toEqual(expect.arrayContaining(named));
});
