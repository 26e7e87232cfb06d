import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { UsageError } from '../pulumi/projectFiles.ts';

/** One invoice line of the UCI Online Retail layout (doi 10.1145/1835804.1835882). */
export interface RetailRow {
  /** Line in the file, the header being line 1. */
  line: number;
  invoice: string;
  stockCode: string;
  description: string;
  quantity: number;
  /** RFC 3339, UTC. */
  time: string;
  unitPrice: number;
  /** Empty for an anonymous customer. */
  customer: string;
  country: string;
}

/** A line that is no invoice line: where and why. */
export interface BrokenRow {
  line: number;
  reason: string;
}

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;

type RawRow = Record<(typeof COLUMNS)[number], string>;

/**
 * Streams the rows of a CSV file, gzipped if its name ends in `.gz`. Broken lines go to `onBroken` and are left out.
 * Throws `UsageError` when the file cannot be read or lacks a column.
 */
export async function* readRetailRows(file: string, onBroken: (row: BrokenRow) => void): AsyncGenerator<RetailRow> {
  let header: string[] = [];
  const parser = parse({
    bom: true,
    columns: (names: string[]) => {
      header = names;
      return names;
    },
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const raw = createReadStream(file);
  const source = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  for (const stream of [raw, source]) stream.on('error', (error: Error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: RawRow; info: { lines: number } }>) {
      if (info.lines <= 2) requireColumns(file, header);
      const row = toRow(record, info.lines);
      if ('reason' in row) onBroken(row);
      else yield row;
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read as a CSV file: ${(error as Error).message}`);
  }
  requireColumns(file, header);
}

function requireColumns(file: string, header: string[]): void {
  const missing = COLUMNS.filter((column) => !header.includes(column));
  if (missing.length === 0) return;
  throw new UsageError(`${file} lacks the column ${missing.join(', ')}; a replay file has ${COLUMNS.join(', ')}.`);
}

function toRow(record: RawRow, line: number): RetailRow | BrokenRow {
  for (const column of COLUMNS) {
    if (record[column] === undefined) return { line, reason: `column ${column} is missing` };
  }
  const quantity = Number(record.Quantity);
  const unitPrice = Number(record.UnitPrice);
  const time = toInstant(record.InvoiceDate);
  if (!record.InvoiceNo) return { line, reason: 'InvoiceNo is empty' };
  if (!record.StockCode) return { line, reason: 'StockCode is empty' };
  if (!Number.isFinite(quantity) || record.Quantity === '' || quantity === 0) {
    return { line, reason: `Quantity "${record.Quantity}" is not a number other than 0` };
  }
  if (!Number.isFinite(unitPrice) || record.UnitPrice === '') {
    return { line, reason: `UnitPrice "${record.UnitPrice}" is not a number` };
  }
  if (time === undefined) return { line, reason: `InvoiceDate "${record.InvoiceDate}" is not an ISO date and time` };
  return {
    line,
    invoice: record.InvoiceNo,
    stockCode: record.StockCode,
    description: record.Description.trim(),
    quantity,
    time,
    unitPrice,
    customer: record.CustomerID.replace(/\.0$/, ''),
    country: record.Country,
  };
}

/** An ISO date and time as RFC 3339; one without a zone is UTC. */
function toInstant(text: string): string | undefined {
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(zoned)) return undefined;
  const time = Date.parse(zoned);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
