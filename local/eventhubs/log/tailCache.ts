import type { LogSlice } from './record.ts';

/** Smaller writes are gathered in blocks of this size, so that a cache of tiny batches has few blocks too. */
const BLOCK_BYTES = 64 * 1024;

interface Block {
  offset: number;
  buffer: Buffer;
  used: number;
}

/** The newest records of all partitions together, at most `maxBytes`; the oldest block goes first. */
export class TailCache {
  readonly #maxBytes: number;
  /** Owners of the blocks, oldest first, from `#head` on. */
  #order: PartitionTail[] = [];
  #head = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  partition(): PartitionTail {
    return new PartitionTail((owner, bytes) => this.#make(owner, bytes));
  }

  #make(owner: PartitionTail, bytes: number): void {
    this.#bytes += bytes;
    this.#order.push(owner);
    while (this.#bytes > this.#maxBytes && this.#head < this.#order.length - 1) {
      this.#bytes -= this.#order[this.#head].dropOldest();
      this.#head += 1;
    }
    if (this.#head > 1024) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** The cached end of one partition: blocks without a gap between them. */
export class PartitionTail {
  readonly #account: (owner: PartitionTail, bytes: number) => void;
  readonly #blocks: Block[] = [];

  constructor(account: (owner: PartitionTail, bytes: number) => void) {
    this.#account = account;
  }

  /** Takes whole records that were just committed at the log offset `offset`. The buffer must not change any more. */
  add(chunk: Buffer, offset: number): void {
    const last = this.#blocks.at(-1);
    if (last && last.buffer.length - last.used >= chunk.length) {
      last.used += chunk.copy(last.buffer, last.used);
      return;
    }
    const buffer = chunk.length >= BLOCK_BYTES / 2 ? chunk : Buffer.allocUnsafeSlow(BLOCK_BYTES);
    if (buffer !== chunk) chunk.copy(buffer);
    this.#blocks.push({ offset, buffer, used: chunk.length });
    this.#account(this, buffer.length);
  }

  /** The cached records from `offset` on, up to the end of their block, or undefined when they are not cached. */
  find(offset: number): LogSlice | undefined {
    const blocks = this.#blocks;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (blocks[middle].offset <= offset) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low - 1];
    if (!block || offset >= block.offset + block.used) return undefined;
    return { buffer: block.buffer, start: offset - block.offset, end: block.used, offset };
  }

  dropOldest(): number {
    return this.#blocks.shift()?.buffer.length ?? 0;
  }
}
