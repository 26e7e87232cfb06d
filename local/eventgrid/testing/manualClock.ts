import type { Clock } from '../clock.ts';

interface Alarm {
  time: number;
  action: () => void;
}

/** A clock that stands still until a test moves it. Waits last as long as on Azure. */
export class ManualClock implements Clock {
  #now = Date.now();
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  after(from: number, ms: number): number {
    return from + Math.round(ms);
  }

  at(time: number, action: () => void): () => void {
    const alarm = { time, action };
    this.#alarms.add(alarm);
    // As with a timer, even what is due already does not run within the call.
    if (time <= this.#now) setImmediate(() => this.#ring(alarm));
    return () => this.#alarms.delete(alarm);
  }

  /** Moves on by so many milliseconds and runs what falls due meanwhile, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#alarms].sort((a, b) => a.time - b.time);
      if (!next || next.time > end) break;
      this.#now = Math.max(this.#now, next.time);
      this.#ring(next);
    }
    this.#now = end;
  }

  #ring(alarm: Alarm): void {
    if (this.#alarms.delete(alarm)) alarm.action();
  }
}
