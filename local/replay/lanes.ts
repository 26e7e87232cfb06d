import type { InteractionEvent } from '../../runtime/contracts/events.ts';

/** Events of one request; well inside the API's limits. */
const BATCH = 1_000;
/** Events that may wait in a lane before the reader has to wait. */
const QUEUE = 4_000;

/**
 * Sends events in parallel and yet in order per subject: a subject always takes the same lane, a lane has one request
 * under way. `acknowledged` counts per lane, so that a later run can leave out what was accepted.
 */
export class Lanes {
  readonly acknowledged: number[];
  readonly #lanes: Lane[];

  constructor(count: number, send: (events: InteractionEvent[]) => Promise<void>, acknowledged?: number[]) {
    this.acknowledged = acknowledged ?? new Array<number>(count).fill(0);
    this.#lanes = this.acknowledged.map((skip, index) => {
      return new Lane(skip, send, (sent) => (this.acknowledged[index] += sent));
    });
  }

  get acknowledgedTotal(): number {
    return this.acknowledged.reduce((sum, count) => sum + count, 0);
  }

  /** Queues an event; resolves when there is room for more. Rejects when its lane has failed. */
  async add(event: InteractionEvent): Promise<void> {
    const subject = event.data.userId ?? event.data.sessionId ?? '';
    await this.#lanes[laneOf(subject, this.#lanes.length)].add(event);
  }

  /** Waits until everything queued has been accepted. */
  async drain(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.drain()));
  }

  /** Drops what is queued and waits for the requests under way, whose events then count as acknowledged. */
  async settle(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.settle()));
  }
}

function laneOf(subject: string, count: number): number {
  let hash = 0;
  for (let index = 0; index < subject.length; index += 1) hash = (hash * 31 + subject.charCodeAt(index)) | 0;
  return Math.abs(hash) % count;
}

class Lane {
  #skip: number;
  readonly #send: (events: InteractionEvent[]) => Promise<void>;
  readonly #onSent: (count: number) => void;
  #queue: InteractionEvent[] = [];
  #sending: Promise<void> | undefined;
  #failure: unknown;

  constructor(skip: number, send: (events: InteractionEvent[]) => Promise<void>, onSent: (count: number) => void) {
    this.#skip = skip;
    this.#send = send;
    this.#onSent = onSent;
  }

  async add(event: InteractionEvent): Promise<void> {
    if (this.#failure) throw this.#failure as Error;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length >= BATCH) this.#start();
    if (this.#queue.length >= QUEUE) await this.#sending;
  }

  async drain(): Promise<void> {
    while (this.#queue.length > 0 && !this.#failure) {
      this.#start();
      await this.#sending;
    }
    await this.#sending;
    if (this.#failure) throw this.#failure as Error;
  }

  async settle(): Promise<void> {
    this.#queue = [];
    await this.#sending;
  }

  #start(): void {
    if (this.#sending || this.#failure) return;
    this.#sending = this.#sendQueued().finally(() => (this.#sending = undefined));
  }

  async #sendQueued(): Promise<void> {
    do {
      const batch = this.#queue.splice(0, BATCH);
      try {
        await this.#send(batch);
        this.#onSent(batch.length);
      } catch (error) {
        this.#failure = error;
        return;
      }
    } while (this.#queue.length >= BATCH);
  }
}
