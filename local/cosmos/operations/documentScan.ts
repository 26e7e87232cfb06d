import type { Container } from '../store/container.ts';
import type { DocumentRow } from '../store/documentTable.ts';

/** A part of a container that one index range covers. */
export type Segment =
  | { kind: 'all' }
  | { kind: 'partition'; partition: string }
  /** Keys of a hierarchy that start alike. */
  | { kind: 'prefix'; low: string; high: string };

export interface Access {
  segments: Segment[];
  id?: string;
  bounds: { column: 'id' | 'seconds'; operator: '<' | '<=' | '>' | '>='; limit: string | number }[];
}

/** A place in a scan: the segment, and in it the last document seen. */
export interface Cursor {
  segment: number;
  after?: (string | number)[];
}

export type ScannedRow = Pick<DocumentRow, 'number' | 'partition' | 'id' | 'body'>;

/** Place in a segment's order, and the order itself. */
const ORDERS: Record<Segment['kind'], { columns: string; position: (row: ScannedRow) => (string | number)[] }> = {
  all: { columns: 'number', position: (row) => [row.number] },
  partition: { columns: 'id', position: (row) => [row.id] },
  prefix: { columns: 'partition, id', position: (row) => [row.partition, row.id] },
};

/** Reads the documents of an access in chunks, so that nothing is held open between them. */
export class DocumentScan {
  readonly #container: Container;
  readonly #access: Access;
  #cursor: Cursor;

  constructor(container: Container, access: Access, cursor: Cursor = { segment: 0 }) {
    this.#container = container;
    this.#access = access;
    this.#cursor = cursor;
  }

  /** The next documents, at most `limit`; none means the end. */
  next(limit: number): ScannedRow[] {
    for (;;) {
      const segment = this.#access.segments[this.#cursor.segment];
      if (!segment) return [];
      const { condition, parameters } = this.#condition(segment, this.#cursor.after);
      const { columns } = ORDERS[segment.kind];
      const rows = this.#container.table.select(
        'number, partition, id, body',
        `${condition} ORDER BY ${columns} LIMIT ?`,
        [...parameters, limit],
      ) as unknown as ScannedRow[];
      const last = rows.at(-1);
      if (last) {
        this.#cursor = this.after(last);
        return rows;
      }
      this.#cursor = { segment: this.#cursor.segment + 1 };
    }
  }

  /** Where a scan goes on after a row that `next` gave last. */
  after(row: ScannedRow): Cursor {
    const segment = this.#access.segments[this.#cursor.segment] as Segment;
    return { segment: this.#cursor.segment, after: ORDERS[segment.kind].position(row) };
  }

  /** Number of documents, without reading them. */
  count(): number {
    let documents = 0;
    for (const segment of this.#access.segments) {
      const { condition, parameters } = this.#condition(segment, undefined);
      const [row] = this.#container.table.select('count(*) AS documents', condition, parameters);
      documents += row?.documents as number;
    }
    return documents;
  }

  #condition(segment: Segment, after: Cursor['after']): { condition: string; parameters: (string | number)[] } {
    const conditions = ['(expires IS NULL OR expires > ?)'];
    const parameters: (string | number)[] = [this.#container.nowSeconds];
    if (segment.kind === 'partition') {
      conditions.push('partition = ?');
      parameters.push(segment.partition);
    } else if (segment.kind === 'prefix') {
      conditions.push('partition >= ?', 'partition < ?');
      parameters.push(segment.low, segment.high);
    }
    if (after) {
      const { columns } = ORDERS[segment.kind];
      conditions.push(`(${columns}) > (${after.map(() => '?').join(', ')})`);
      parameters.push(...after);
    }
    if (this.#access.id !== undefined) {
      conditions.push('id = ?');
      parameters.push(this.#access.id);
    }
    for (const { column, operator, limit } of this.#access.bounds) {
      conditions.push(`${column} ${operator} ?`);
      parameters.push(limit);
    }
    return { condition: conditions.join(' AND '), parameters };
  }
}
