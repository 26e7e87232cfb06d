import type { Duplex } from 'node:stream';
import { BufferPool } from '../bufferPool.ts';

const CHUNKS = new BufferPool({ size: 128 * 1024, maxSpares: 16 });

/**
 * The sending side of a connection: frames are written one behind the other into a chunk, and a chunk goes to the
 * socket in one write when it is full or at the end of the event loop's turn.
 */
export class FrameOutlet {
  readonly #stream: Duplex;
  #chunk: Buffer | undefined;
  #used = 0;
  #scheduled = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** True while the peer reads more slowly than it is sent to; the stream's `drain` event says when that is over. */
  get congested(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** Makes room for `size` bytes; they go to `chunk` at the returned position and count once `commit` was called. */
  reserve(size: number): number {
    if (this.#chunk && this.#chunk.length - this.#used < size) this.flush();
    this.#chunk ??= CHUNKS.take(size);
    return this.#used;
  }

  /** The buffer that the last `reserve` made room in. */
  get chunk(): Buffer {
    if (!this.#chunk) throw new Error('no room was reserved');
    return this.#chunk;
  }

  commit(size: number): void {
    this.#used += size;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Writes a copy of `bytes`. */
  write(bytes: Buffer): void {
    const at = this.reserve(bytes.length);
    bytes.copy(this.chunk, at);
    this.commit(bytes.length);
  }

  /** Hands everything written so far to the socket. */
  flush(): void {
    const chunk = this.#chunk;
    if (!chunk || this.#used === 0) return;
    const used = chunk.subarray(0, this.#used);
    this.#chunk = undefined;
    this.#used = 0;
    if (!this.#stream.writable) return;
    this.#stream.write(used, () => CHUNKS.give(chunk));
  }
}
