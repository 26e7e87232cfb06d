import type { Value } from '../json.ts';
import type { Accumulator } from './aggregate.ts';
import type { Environment } from './environment.ts';
import { badRequest } from '../errors.ts';
import { MAXIMUM_COLLECTED_BYTES, tooComplex } from './limits.ts';
import { canonicalText, compareValues } from './order.ts';
import type { SelectPlan } from './select.ts';

/** What a row takes besides its text. */
const ROW_BYTES = 64;

interface Group {
  keys: Value[];
  accumulators: Accumulator[];
}

/**
 * Collects the rows of a query that can be put out only when all have been seen: groups, orders, removes repetitions
 * and cuts the window of TOP or OFFSET LIMIT. `item` makes what is put out; `undefined` puts out nothing.
 */
export class RowCollector<T> {
  readonly #plan: SelectPlan;
  readonly #item: (environment: Environment) => T | undefined;
  readonly #isIndexOnly: boolean;
  readonly #rows: { order: Value[]; item: T }[] = [];
  readonly #groups = new Map<string, Group>();
  readonly #seen = new Set<string>();
  #bytes = 0;

  /** `isIndexOnly`: rows without the value that they are ordered by are not in its index, and so not in the result. */
  constructor(
    plan: SelectPlan,
    item: (environment: Environment) => T | undefined,
    { isIndexOnly = false }: { isIndexOnly?: boolean } = {},
  ) {
    this.#plan = plan;
    this.#item = item;
    this.#isIndexOnly = isIndexOnly;
  }

  /** Takes the row that the environment's slots hold. */
  add(environment: Environment): void {
    const { grouping, order } = this.#plan;
    if (grouping) {
      this.#addToGroup(grouping, environment);
      return;
    }
    const values = order.map(({ evaluate }) => evaluate(environment));
    if (!this.#isIndexOnly || values[0] !== undefined) this.#put(environment, values);
  }

  rows(environment: Environment): T[] {
    if (this.#plan.grouping) this.#putGroups(environment);
    if (this.#plan.order.length > 0) {
      // Of rows that are equal, a descending order puts the last first.
      if (this.#plan.order[0]?.descending) this.#rows.reverse();
      this.#rows.sort((left, right) => this.#compare(left.order, right.order));
    }
    const { offset, take } = windowOf(this.#plan, environment);
    return this.#rows.slice(offset, offset + take).map((row) => row.item);
  }

  #put(environment: Environment, order: Value[]): void {
    if (this.#plan.distinct) {
      const identity = canonicalText(this.#plan.project(environment));
      if (this.#seen.has(identity)) return;
      this.#keep(identity);
      this.#seen.add(identity);
    }
    const item = this.#item(environment);
    if (item === undefined) return;
    this.#keep(item);
    this.#rows.push({ order, item });
  }

  #keep(kept: unknown): void {
    this.#bytes += ROW_BYTES + (typeof kept === 'string' ? kept.length : 0);
    if (this.#bytes > MAXIMUM_COLLECTED_BYTES) {
      throw tooComplex(`its rows take more than ${MAXIMUM_COLLECTED_BYTES} bytes before the first can be put out`);
    }
  }

  #addToGroup(grouping: NonNullable<SelectPlan['grouping']>, environment: Environment): void {
    const keys = grouping.keys.map((key) => key(environment));
    const identity = canonicalGroup(keys);
    let group = this.#groups.get(identity);
    if (!group) {
      this.#keep(identity);
      group = { keys, accumulators: grouping.aggregates.map(({ make }) => make()) };
      this.#groups.set(identity, group);
    }
    for (const [index, { argument }] of grouping.aggregates.entries()) {
      group.accumulators[index]?.add(argument(environment));
    }
  }

  #putGroups(environment: Environment): void {
    const { grouping } = this.#plan;
    // Aggregates without GROUP BY have one result even when there are no rows.
    if (this.#groups.size === 0 && grouping && grouping.keys.length === 0) {
      this.#groups.set('', { keys: [], accumulators: grouping.aggregates.map(({ make }) => make()) });
    }
    for (const { keys, accumulators } of this.#groups.values()) {
      const aggregates = accumulators.map((accumulator) => accumulator.result());
      this.#put({ ...environment, keys, aggregates }, []);
    }
  }

  #compare(left: Value[], right: Value[]): number {
    for (const [index, { descending }] of this.#plan.order.entries()) {
      const order = compareValues(left[index], right[index]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  }
}

/** How many rows are passed over and how many put out at most, by TOP or OFFSET LIMIT. */
export function windowOf(
  { top, offset, limit }: SelectPlan,
  environment: Environment,
): { offset: number; take: number } {
  const most = top ?? limit;
  return {
    offset: offset ? count(offset(environment)) : 0,
    take: most ? count(most(environment)) : Number.MAX_SAFE_INTEGER,
  };
}

function count(value: Value): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw badRequest(
    `TOP, OFFSET and LIMIT take an integer that is not negative: ${JSON.stringify(value) ?? 'undefined'}.`,
  );
}

function canonicalGroup(keys: readonly Value[]): string {
  return keys.map(canonicalText).join('\u0000');
}
