/**
 * A progress bar with a rate on standard error: one line that is drawn over on a terminal, a line every 5 s elsewhere.
 */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #startedAt = Date.now();
  readonly #startedWith: number;
  #lastDrawn = 0;

  constructor(label: string, total: number, startedWith = 0) {
    this.#label = label;
    this.#total = total;
    this.#startedWith = startedWith;
  }

  update(done: number): void {
    const now = Date.now();
    if (now - this.#lastDrawn < (process.stderr.isTTY ? 100 : 5_000)) return;
    this.#lastDrawn = now;
    this.#draw(done);
  }

  finish(done: number): void {
    this.#draw(done);
    if (process.stderr.isTTY) process.stderr.write('\n');
  }

  #draw(done: number): void {
    const share = this.#total === 0 ? 1 : Math.min(1, done / this.#total);
    const seconds = Math.max(0.001, (Date.now() - this.#startedAt) / 1000);
    const rate = Math.round((done - this.#startedWith) / seconds);
    const filled = Math.round(share * 30);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(30 - filled)}`;
    const text = `  ${this.#label} ${bar} ${(share * 100).toFixed(1).padStart(5)} %  ${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')}  ${rate.toLocaleString('en')}/s`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}\x1b[K` : `${text}\n`);
  }
}
