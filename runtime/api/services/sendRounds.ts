/** Sends what one partition has queued; never rejects. */
export type SendQueued = () => Promise<void>;

/** How long events wait at most for sends under way to return, ms. */
const LINGER_MS = 1;

/**
 * Decides when partitions send, so that their batches travel together. While nothing is under way, events are sent at
 * once. While sends are, the next ones wait until all have returned, so that batches grow with the load, but not longer
 * than a moment, so that no partition waits for a slow one.
 */
export class SendRounds {
  #waiting: SendQueued[] = [];
  #underWay = 0;
  #immediate: NodeJS.Immediate | undefined;
  #linger: NodeJS.Timeout | undefined;

  /** Calls `send` in the next round. */
  join(send: SendQueued): void {
    this.#waiting.push(send);
    if (this.#underWay === 0) this.#startSoon();
    else this.#linger ??= setTimeout(this.#start, LINGER_MS);
  }

  /** One turn of the event loop: whatever other requests have arrived by now comes along. */
  #startSoon(): void {
    this.#immediate ??= setImmediate(this.#start);
  }

  readonly #start = (): void => {
    clearImmediate(this.#immediate);
    clearTimeout(this.#linger);
    this.#immediate = undefined;
    this.#linger = undefined;
    const sends = this.#waiting;
    this.#waiting = [];
    this.#underWay += sends.length;
    for (const send of sends) void send().then(this.#returned);
  };

  readonly #returned = (): void => {
    this.#underWay -= 1;
    if (this.#underWay === 0 && this.#waiting.length > 0) this.#startSoon();
  };
}
