import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { FrameOutlet } from './frameOutlet.ts';
import type { RheaSocket } from './rheaInternals.ts';

/**
 * The socket that rhea believes to have: `data` brings whole, checked frames, and what it writes joins the broker's own
 * frames in the outlet.
 */
export class CheckedSocket extends EventEmitter implements RheaSocket {
  readonly #stream: Duplex;
  readonly #outlet: FrameOutlet;
  #ended = false;

  constructor({ stream, outlet }: { stream: Duplex; outlet: FrameOutlet }) {
    super();
    this.#stream = stream;
    this.#outlet = outlet;
  }

  /** Hands bytes of the peer to rhea. */
  receive(bytes: Buffer): void {
    this.emit('data', bytes);
  }

  /** Tells rhea that the peer is gone; rhea then stops its timers. */
  hangUp(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.emit('end');
  }

  write(bytes: Buffer): void {
    this.#outlet.write(bytes);
  }

  end(): void {
    this.#outlet.flush();
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  get_id_string(): string {
    return 'client';
  }
}
