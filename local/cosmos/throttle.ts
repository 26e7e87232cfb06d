import { tooManyRequests } from './errors.ts';
import { RequestUnitBudget } from './requestUnitBudget.ts';
import type { Catalog } from './store/catalog.ts';
import type { Container } from './store/container.ts';
import { DEFAULT_THROUGHPUT, SERVERLESS_UNITS_PER_SECOND } from './store/throughput.ts';

export interface ThrottleOptions {
  /** Without it every operation is admitted. */
  enabled: boolean;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Holds operations to the throughput that databases and containers have. */
export class Throttle {
  readonly #catalog: Catalog;
  readonly #options: ThrottleOptions;
  /** By the container or the database that shares its throughput. */
  readonly #budgets = new WeakMap<object, RequestUnitBudget>();

  constructor(catalog: Catalog, options: ThrottleOptions) {
    this.#catalog = catalog;
    this.#options = options;
  }

  /** What an operation on a container has to be paid from, `undefined` for nothing; 429 when it is used up. */
  admit(container: Container): RequestUnitBudget | undefined {
    if (!this.#options.enabled) return undefined;
    const budget = this.#budgetOf(container);
    const wait = budget.wait();
    if (wait > 0) throw tooManyRequests(wait);
    return budget;
  }

  #budgetOf(container: Container): RequestUnitBudget {
    const { offers, serverless, databases } = this.#catalog;
    if (serverless) return this.#budget(container, SERVERLESS_UNITS_PER_SECOND);
    const database = databases.get(container.identity.databaseId);
    const own = offers.of(container);
    const shared = own || !database ? undefined : offers.of(database);
    const { requestUnitsPerSecond } = own ?? shared ?? DEFAULT_THROUGHPUT;
    return this.#budget(shared && database ? database : container, requestUnitsPerSecond);
  }

  #budget(owner: object, unitsPerSecond: number): RequestUnitBudget {
    let budget = this.#budgets.get(owner);
    if (budget?.unitsPerSecond !== unitsPerSecond) {
      budget = new RequestUnitBudget(unitsPerSecond, this.#options.now);
      this.#budgets.set(owner, budget);
    }
    return budget;
  }
}
