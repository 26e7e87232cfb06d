import type { Json, Value } from '../json.ts';
import type { Work } from './limits.ts';

/** What a compiled expression is evaluated in. */
export interface Environment {
  /** Values of the sources; each source of a query and its subqueries has a place of its own. */
  slots: Value[];
  parameters: ReadonlyMap<string, Json>;
  /** Milliseconds since 1970, the same for a whole query. */
  now: number;
  /** Results of the aggregates and keys of the group that is put out. */
  aggregates: readonly Value[];
  keys: readonly Value[];
  work: Work;
}

export type Evaluate = (environment: Environment) => Value;

/** The sources that an expression may name. */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly #slots = new Map<string, number>();
  readonly #counter: { next: number };

  constructor(parent?: Scope, counter = parent ? parent.#counter : { next: 0 }) {
    this.#parent = parent;
    this.#counter = counter;
  }

  /** A scope that sees none of this one's names but shares its places. */
  apart(): Scope {
    return new Scope(undefined, this.#counter);
  }

  /** Gives a source its place. */
  declare(alias: string): number {
    const slot = this.#counter.next++;
    this.#slots.set(alias, slot);
    return slot;
  }

  declaresHere(alias: string): boolean {
    return this.#slots.has(alias);
  }

  resolve(name: string): number | undefined {
    return this.#slots.get(name) ?? this.#parent?.resolve(name);
  }
}
