import type { HubBatch, HubProducer } from '../services/partitionSender.ts';

interface MemoryBatch extends HubBatch {
  partitionId: string | undefined;
  bodies: Buffer[];
}

/** A hub in memory, with batches limited in bytes; it can be switched off, and held back until released. */
export class MemoryHub implements HubProducer {
  /** Bodies that arrived, by partition; `''` for those that were sent without one. */
  readonly arrived = new Map<string, string[]>();
  /** Number of events in each batch that was sent. */
  readonly batches: number[] = [];
  away = false;
  closed = false;
  readonly #partitions: number;
  readonly #batchBytes: number;
  #gate: Promise<void> | undefined;

  constructor({ partitions = 4, batchBytes = 1024 * 1024 }: { partitions?: number; batchBytes?: number } = {}) {
    this.#partitions = partitions;
    this.#batchBytes = batchBytes;
  }

  get bodies(): string[] {
    return [...this.arrived.values()].flat();
  }

  /** Holds every send back until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.#gate = new Promise((resolve) => (release = resolve));
    return () => {
      this.#gate = undefined;
      release();
    };
  }

  async getPartitionIds(): Promise<string[]> {
    this.#check();
    return Array.from({ length: this.#partitions }, (_, index) => String(index));
  }

  async createBatch({ partitionId }: { partitionId?: string } = {}): Promise<MemoryBatch> {
    this.#check();
    const limit = this.#batchBytes;
    let bytes = 0;
    const bodies: Buffer[] = [];
    return {
      partitionId,
      bodies,
      get count() {
        return bodies.length;
      },
      tryAdd({ body }) {
        if (bytes + body.length > limit) return false;
        bytes += body.length;
        bodies.push(body);
        return true;
      },
    };
  }

  async sendBatch({ partitionId = '', bodies }: MemoryBatch): Promise<void> {
    await this.#gate;
    this.#check();
    this.batches.push(bodies.length);
    const arrived = this.arrived.get(partitionId) ?? [];
    arrived.push(...bodies.map((body) => body.toString('utf8')));
    this.arrived.set(partitionId, arrived);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #check(): void {
    if (this.away) throw new Error('hub away');
  }
}
