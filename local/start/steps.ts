const SHOW_AFTER_MS = 1_000;

/** Names the steps of a start while they run (those over a second) and the time that each took. */
export class Steps {
  readonly #taken: { name: string; seconds: number }[] = [];
  readonly #startedAt = performance.now();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const timer = setTimeout(() => process.stderr.write(`  ${name} ...\n`), SHOW_AFTER_MS);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      this.add(name, (performance.now() - startedAt) / 1000);
    }
  }

  add(name: string, seconds: number): void {
    this.#taken.push({ name, seconds });
  }

  /** One line: every step with its time, and the time since the start. */
  summary(): string {
    const total = (performance.now() - this.#startedAt) / 1000;
    const steps = this.#taken.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`);
    return `${steps.join(', ')}; ${total.toFixed(1)} s in all`;
  }
}
