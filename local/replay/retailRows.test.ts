import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { RetailCatalogue, toEvent } from './retailEvents.ts';
import { readRetailRows, type BrokenRow, type RetailRow } from './retailRows.ts';

const folder = mkdtempSync(join(tmpdir(), 'attune-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

async function read(lines: string[], name = 'rows.csv') {
  const file = join(folder, name);
  const content = lines.join('\n');
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(content) : content);
  const broken: BrokenRow[] = [];
  const rows: RetailRow[] = [];
  for await (const row of readRetailRows(file, (bad) => broken.push(bad))) rows.push(row);
  return { rows, broken };
}

describe('readRetailRows', () => {
  it('reads plain and gzipped files alike', async () => {
    const lines = [HEADER, '536365,85123a,"HEART, WHITE ",6,2010-12-01T08:26:00,2.55,17850.0,United Kingdom'];
    const expected = {
      line: 2,
      invoice: '536365',
      stockCode: '85123a',
      description: 'HEART, WHITE',
      quantity: 6,
      time: '2010-12-01T08:26:00.000Z',
      unitPrice: 2.55,
      customer: '17850',
      country: 'United Kingdom',
    };
    expect((await read(lines)).rows).toEqual([expected]);
    expect((await read(lines, 'rows.csv.gz')).rows).toEqual([expected]);
  });

  it('names each broken line with its reason and reads the others', async () => {
    const { rows, broken } = await read([
      HEADER,
      '1,A,a,1,2010-12-01T08:26:00,1,7,UK',
      '2,A,a,many,2010-12-01T08:26:00,1,7,UK',
      '3,A,a,1,yesterday,1,7,UK',
      '4,A',
      '5,,a,1,2010-12-01T08:26:00,1,7,UK',
      '6,A,a,1,2010-12-01T08:26:00,,7,UK',
      '7,B,b,2,2010-12-01T08:27:00,1,,UK',
    ]);
    expect(rows.map(({ invoice }) => invoice)).toEqual(['1', '7']);
    expect(broken).toEqual([
      { line: 3, reason: 'Quantity "many" is not a number other than 0' },
      { line: 4, reason: 'InvoiceDate "yesterday" is not an ISO date and time' },
      { line: 5, reason: 'column Description is missing' },
      { line: 6, reason: 'StockCode is empty' },
      { line: 7, reason: 'UnitPrice "" is not a number' },
    ]);
  });

  it('refuses a file without the columns, and one that is not what its name says', async () => {
    await expect(read(['a,b', '1,2'])).rejects.toThrow(/lacks the column InvoiceNo, .* a replay file has InvoiceNo/);
    writeFileSync(join(folder, 'broken.csv.gz'), 'no gzip');
    const rows = readRetailRows(join(folder, 'broken.csv.gz'), () => undefined);
    await expect(rows.next()).rejects.toThrow(/broken.csv.gz cannot be read as a CSV file: .*header/);
  });
});

describe('toEvent', () => {
  const row: RetailRow = {
    line: 12,
    invoice: '536365',
    stockCode: '85123a',
    description: 'HEART',
    quantity: 6,
    time: '2010-12-01T08:26:00.000Z',
    unitPrice: 2.55,
    customer: '17850',
    country: 'United Kingdom',
  };

  it('makes a purchase of a known customer', () => {
    expect(toEvent(row)).toMatchObject({
      id: 'line-12',
      time: row.time,
      data: { userId: '17850', itemId: '85123A', action: 'purchase', quantity: 6, value: 2.55 },
    });
  });

  it('makes a return of a cancellation and custom actions of corrections', () => {
    expect(toEvent({ ...row, invoice: 'C536379', quantity: -2 }).data).toMatchObject({ action: 'return', quantity: 2 });
    expect(toEvent({ ...row, quantity: -2 }).data.action).toBe('write_off');
    expect(toEvent({ ...row, invoice: 'A563185', unitPrice: -11062.06 }).data.action).toBe('adjustment');
  });

  it('gives an anonymous customer a session per invoice, never a user', () => {
    const { data } = toEvent({ ...row, customer: '' });
    expect(data.sessionId).toBe('invoice-536365');
    expect(data.userId).toBeUndefined();
  });

  it('collects the catalogue: longest title, last positive price, services not available', () => {
    const catalogue = new RetailCatalogue();
    catalogue.add({ ...row, description: '' });
    catalogue.add({ ...row, unitPrice: 3 });
    catalogue.add({ ...row, stockCode: '85123A', description: 'WHITE HEART', unitPrice: 0 });
    catalogue.add({ ...row, stockCode: 'POST', description: 'POSTAGE' });
    expect(catalogue.items).toEqual([
      { itemId: '85123A', title: 'WHITE HEART', categories: [], price: 3, available: true },
      { itemId: 'POST', title: 'POSTAGE', categories: [], price: 2.55, available: false },
    ]);
  });
});
