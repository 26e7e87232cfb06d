/**
 * Buffers of one size that are used again. Large short-lived buffers would make the garbage collector run all the time;
 * a buffer that is never given back costs no more than it would without the pool.
 */
export class BufferPool {
  readonly size: number;
  readonly #maxSpares: number;
  readonly #spares: Buffer[] = [];

  constructor({ size, maxSpares }: { size: number; maxSpares: number }) {
    this.size = size;
    this.#maxSpares = maxSpares;
  }

  /** A buffer of at least `bytes`, of the pool's size if that is enough; its content is arbitrary. */
  take(bytes: number = this.size): Buffer {
    if (bytes > this.size) return Buffer.allocUnsafeSlow(bytes);
    return this.#spares.pop() ?? Buffer.allocUnsafeSlow(this.size);
  }

  /** Takes back a buffer that nothing refers to any more. */
  give(buffer: Buffer): void {
    if (buffer.length === this.size && this.#spares.length < this.#maxSpares) this.#spares.push(buffer);
  }
}
