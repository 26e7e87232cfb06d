import { BufferPool } from '../bufferPool.ts';
import { AmqpError, Condition } from './conditions.ts';
import { checkPerformative, Performative } from './performatives.ts';

const PROTOCOL_HEADER_BYTES = 8;
const FRAME_HEAD_BYTES = 8;
const AMQP_FRAME = 0;
const SASL_FRAME = 1;
/** Frames in front of the peer's open are small (AMQP 1.0, part 2, section 2.4.1: 512 bytes; SASL the same). */
const MAX_EARLY_FRAME_BYTES = 16 * 1024;

/** Frames from this size on are assembled in buffers that are used again. */
const LARGE_FRAME_BYTES = 64 * 1024;
const LARGE_FRAMES = new BufferPool({ size: 2 * 1024 * 1024, maxSpares: 8 });

/** Protocol of the layer that a peer asks for with a protocol header. */
export type Protocol = 'amqp' | 'sasl';

export interface FrameGateOptions {
  /** The largest frame that was announced. */
  maxFrameBytes: number;
  channelMax: number;
  /** Receives protocol headers and frames, each whole and checked. The bytes are good until it returns. */
  deliver(bytes: Buffer): void;
}

/**
 * Cuts the byte stream of a peer into protocol headers and frames and lets only well-formed ones through: behind it no
 * size, type code or nesting has to be mistrusted. Frames are assembled in one buffer each.
 */
export class FrameGate {
  protocol: Protocol | undefined;
  #opened = false;
  readonly #options: FrameGateOptions;
  /** The frame or header that is being assembled. */
  #partial: Buffer = Buffer.alloc(FRAME_HEAD_BYTES);
  #filled = 0;
  #memory: Buffer | undefined;

  constructor(options: FrameGateOptions) {
    this.#options = options;
  }

  /** @throws {AmqpError} when the peer breaks the protocol; the gate must not be used again. */
  push(data: Buffer): void {
    let at = 0;
    while (at < data.length) {
      const missing = this.#partial.length - this.#filled;
      const taken = data.copy(this.#partial, this.#filled, at, Math.min(at + missing, data.length));
      at += taken;
      this.#filled += taken;
      if (this.#filled === this.#partial.length) this.#complete();
    }
  }

  #complete(): void {
    const bytes = this.#partial;
    if (bytes.length === FRAME_HEAD_BYTES && this.#beginsFrame(bytes)) return;
    const memory = this.#memory;
    this.#partial = Buffer.alloc(FRAME_HEAD_BYTES);
    this.#memory = undefined;
    this.#filled = 0;
    if (bytes.length > FRAME_HEAD_BYTES) this.#check(bytes);
    this.#options.deliver(bytes);
    if (memory) LARGE_FRAMES.give(memory);
  }

  /** Whether more bytes are to come for what these eight begin; heartbeats and protocol headers are complete. */
  #beginsFrame(head: Buffer): boolean {
    if (head.toString('latin1', 0, 4) === 'AMQP') {
      this.#takeProtocolHeader(head);
      return false;
    }
    if (!this.protocol) throw framing('it does not start with an AMQP protocol header');
    const size = head.readUInt32BE(0);
    const limit = this.#opened ? this.#options.maxFrameBytes : MAX_EARLY_FRAME_BYTES;
    if (size > limit) throw framing(`a frame of ${size} bytes is larger than the ${limit} bytes allowed`);
    const dataAt = head[4] * 4;
    if (dataAt < FRAME_HEAD_BYTES || dataAt > size) throw framing('the data offset of a frame is impossible');
    const type = this.protocol === 'sasl' ? SASL_FRAME : AMQP_FRAME;
    if (head[5] !== type) throw framing(`a frame has the type ${head[5]} where ${type} is due`);
    if (type === AMQP_FRAME && head.readUInt16BE(6) > this.#options.channelMax) {
      throw framing(`channel ${head.readUInt16BE(6)} is above the highest one, ${this.#options.channelMax}`);
    }
    if (size === FRAME_HEAD_BYTES) return false;
    this.#memory = size < LARGE_FRAME_BYTES ? undefined : LARGE_FRAMES.take(size);
    this.#partial = this.#memory?.subarray(0, size) ?? Buffer.allocUnsafe(size);
    head.copy(this.#partial);
    this.#filled = FRAME_HEAD_BYTES;
    return true;
  }

  #takeProtocolHeader(header: Buffer): void {
    const next = header[4] === 0 ? 'amqp' : header[4] === 3 ? 'sasl' : undefined;
    if (!next || header[5] !== 1 || header[6] !== 0 || header[7] !== 0) {
      throw framing(`the protocol ${header.toString('hex', 4, PROTOCOL_HEADER_BYTES)} is not AMQP 1.0`);
    }
    if (this.protocol === 'amqp' || this.protocol === next) throw framing('a second protocol header was sent');
    this.protocol = next;
  }

  #check(frame: Buffer): void {
    const dataAt = frame[4] * 4;
    if (dataAt === frame.length) return;
    const code = checkPerformative(frame, dataAt, frame.length);
    const isSasl = code >= Performative.saslInit;
    if (isSasl !== (this.protocol === 'sasl')) throw framing('a performative belongs to another protocol layer');
    if (isSasl) return;
    if (!this.#opened && code !== Performative.open) {
      throw new AmqpError(Condition.illegalState, 'The connection was used before it was opened.');
    }
    this.#opened = true;
  }
}

function framing(what: string): AmqpError {
  return new AmqpError(Condition.framingError, `The byte stream is not AMQP 1.0: ${what}.`);
}
