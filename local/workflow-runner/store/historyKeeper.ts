import type { RunnableWorkflow } from '../servedWorkflow.ts';

const CHECK_MS = 60_000;
const SWEEP_MS = 3_600_000;
/** Runs that may end over the bound before the next sweep. */
const SLACK = 500;

interface Swept {
  at: number;
  ended: number;
}

/** Keeps the history of every workflow within its bounds: by age, and by number of runs. */
export class HistoryKeeper {
  readonly #workflows: readonly RunnableWorkflow[];
  readonly #bounds: { retentionMs: number; mostRuns: number };
  readonly #swept = new Map<string, Swept>();
  #timer: NodeJS.Timeout | undefined;

  constructor(args: { workflows: readonly RunnableWorkflow[]; retentionMs: number; mostRuns: number }) {
    this.#workflows = args.workflows;
    this.#bounds = args;
  }

  /** Sweeps, and goes on to look after it. */
  async start(): Promise<void> {
    await this.sweep();
    this.#timer = setInterval(() => {
      this.sweep().catch((error: unknown) => console.error(error));
    }, CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Removes what is out of bounds where an hour has passed, or many runs have ended, since the last time. */
  async sweep(): Promise<void> {
    await Promise.all(this.#workflows.filter((workflow) => this.#isDue(workflow)).map((one) => this.#trim(one)));
  }

  #isDue({ name, runtime }: RunnableWorkflow): boolean {
    const last = this.#swept.get(name);
    return !last || Date.now() - last.at >= SWEEP_MS || runtime.ended - last.ended >= SLACK;
  }

  async #trim({ name, runtime, store }: RunnableWorkflow): Promise<void> {
    const { retentionMs, mostRuns } = this.#bounds;
    this.#swept.set(name, { at: Date.now(), ended: runtime.ended });
    await store.trim(name, { before: new Date(Date.now() - retentionMs).toISOString(), most: mostRuns });
  }
}
