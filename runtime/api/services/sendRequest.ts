/** An event to be sent. */
export interface OutgoingEvent {
  /** What makes it the same event when it is sent again. */
  identity: string;
  partitionKey: string;
  /** JSON, UTF-8. */
  body: Buffer;
}

/** Events that were asked to be sent together. */
export class SendRequest {
  /** Resolves when every event was accepted, rejects with the first failure. */
  readonly done: Promise<void>;
  readonly #onAccepted: (event: OutgoingEvent) => void;
  #waiting: number;
  #cancelled = false;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor({ events, onAccepted }: { events: number; onAccepted: (event: OutgoingEvent) => void }) {
    this.#waiting = events;
    this.#onAccepted = onAccepted;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Nobody waits any more: events not yet on their way need not be sent. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  cancel(): void {
    this.#cancelled = true;
  }

  accepted(event: OutgoingEvent): void {
    this.#onAccepted(event);
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#resolve();
  }

  failed(error: unknown): void {
    this.#cancelled = true;
    this.#reject(error);
  }
}
