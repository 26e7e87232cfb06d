import { describe, expect, it } from 'vitest';
import { evaluateValue } from '../evaluate.ts';
import { subexpressions } from '../syntax.ts';
import { parseTemplate, templateExpressions } from '../template.ts';
import { functions } from './registry.ts';
import { COLLECTIONS } from './testing/collections.ts';
import { CONVERSION } from './testing/conversion.ts';
import { DATES } from './testing/dates.ts';
import { LOGIC } from './testing/logic.ts';
import { MATH } from './testing/math.ts';
import { OBJECTS } from './testing/objects.ts';
import { scope } from './testing/row.ts';
import { RUN } from './testing/run.ts';
import { STRINGS } from './testing/strings.ts';
import { URIS } from './testing/uris.ts';
import { XML } from './testing/xml.ts';

const TABLES = { STRINGS, COLLECTIONS, LOGIC, MATH, CONVERSION, DATES, URIS, OBJECTS, XML, RUN };
const ROWS = Object.values(TABLES).flat();

describe.each(Object.entries(TABLES))('functions of %s', (_group, rows) => {
  it.each(rows)('%s', (expression, value) => {
    expect(evaluateValue(`@${expression}`, scope)).toEqual(value);
  });
});

describe('the tables', () => {
  it('have a row for each function', () => {
    const used = new Set<string>();
    for (const [expression] of ROWS) {
      for (const root of templateExpressions(parseTemplate(`@${expression}`)))
        for (const part of subexpressions(root)) if (part.kind === 'call') used.add(part.name);
    }
    expect([...functions.keys()].filter((name) => !used.has(name))).toEqual([]);
  });
});
