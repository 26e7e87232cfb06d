const BLOCK_BYTES = 256 * 1024;

/** The newest bytes of all logs together, at most `maxBytes`; the oldest block goes first and is used again. */
export class TailCache {
  readonly #maxBlocks: number;
  /** Owners of the blocks, oldest first. */
  readonly #owners: PartitionTail[] = [];

  constructor(maxBytes: number) {
    this.#maxBlocks = Math.max(1, Math.floor(maxBytes / BLOCK_BYTES));
  }

  partition(): PartitionTail {
    return new PartitionTail((owner) => this.#block(owner));
  }

  #block(owner: PartitionTail): Buffer {
    const oldest = this.#owners.length >= this.#maxBlocks ? this.#owners.shift()?.dropOldest() : undefined;
    this.#owners.push(owner);
    return oldest ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }
}

/** The cached end of one log. What is read is copied, so a block that is used again harms nobody. */
export class PartitionTail {
  readonly #newBlock: (owner: PartitionTail) => Buffer;
  readonly #blocks: Buffer[] = [];
  /** Log offsets of the first cached byte and of the end. */
  #begin = 0;
  #end = 0;

  constructor(newBlock: (owner: PartitionTail) => Buffer) {
    this.#newBlock = newBlock;
  }

  /** Takes bytes that were just committed at the log offset `offset`, the end of what it was given before. */
  add(bytes: Buffer, offset: number): void {
    if (offset !== this.#end || this.#blocks.length === 0) {
      this.#blocks.length = 0;
      this.#begin = offset;
      this.#end = offset;
    }
    let at = 0;
    while (at < bytes.length) {
      const used = (this.#end - this.#begin) % BLOCK_BYTES;
      if (used === 0) this.#blocks.push(this.#newBlock(this));
      const copied = bytes.copy(this.#blocks[this.#blocks.length - 1], used, at);
      at += copied;
      this.#end += copied;
    }
  }

  /** Copies the bytes from `offset` on into `target`; returns how many, 0 when that offset is not cached. */
  read(offset: number, target: Buffer): number {
    if (offset < this.#begin || offset >= this.#end) return 0;
    const total = Math.min(target.length, this.#end - offset);
    let copied = 0;
    while (copied < total) {
      const at = offset + copied - this.#begin;
      const from = at % BLOCK_BYTES;
      const block = this.#blocks[Math.floor(at / BLOCK_BYTES)];
      copied += block.copy(target, copied, from, from + Math.min(total - copied, BLOCK_BYTES - from));
    }
    return total;
  }

  /** Gives up the oldest block. */
  dropOldest(): Buffer | undefined {
    const block = this.#blocks.shift();
    this.#begin = Math.min(this.#begin + BLOCK_BYTES, this.#end);
    return block;
  }
}
