import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'rhea';
import { AmqpError, Condition, refusalOf } from './conditions.ts';
import { FrameGate } from './frameGate.ts';
import { FrameOutlet } from './frameOutlet.ts';
import { LinkTable, type LinkHandler } from './linkTable.ts';
import { acceptConnection, writePending, type SaslMechanisms } from './rheaInternals.ts';
import { CheckedSocket } from './checkedSocket.ts';

const CHANNEL_MAX = 4_999;
/** Smallest limit that AMQP lets a peer announce (part 2, section 2.7.1). */
const MIN_MAX_FRAME_BYTES = 512;
const MIN_IDLE_MS = 100;
/** Longest time for a peer to open its connection, and to close it when it is asked to. */
const OPEN_MS = 30_000;
const CLOSE_MS = 1_000;
/** A peer that has been told to send nothing more is quiet when nothing has come for this long; it gets a limited time. */
const QUIET_MS = 100;
const QUIESCE_MS = 1_000;
/** Bytes of messages in work from which on nothing more is read from the socket, and below which it goes on. */
const HELD_HIGH = 8 * 1024 * 1024;
const HELD_LOW = 4 * 1024 * 1024;

const SASL_HEADER = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1');
const AMQP_HEADER = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1');

export interface ConnectionHandler extends LinkHandler {
  /** The peer is gone, and all links have ended. */
  closed(): void;
}

export interface AmqpConnectionOptions {
  /** A socket, or whatever else carries AMQP bytes. */
  stream: Duplex;
  containerId: string;
  /** Announced and enforced for frames of the peer. */
  maxFrameBytes: number;
  /** Announced; a peer that sends nothing for twice as long, or does not open its connection, is disconnected. */
  idleTimeoutMs: number;
  mechanisms: SaslMechanisms;
  handler: ConnectionHandler;
}

/**
 * One client: its byte stream, checked frame by frame, `rhea` for the frames that control connection, sessions and
 * links, and the broker's own links on top. A peer that breaks the protocol is told an AMQP error and disconnected.
 */
export class AmqpConnection {
  readonly #stream: Duplex;
  readonly #handler: ConnectionHandler;
  readonly #outlet: FrameOutlet;
  readonly #gate: FrameGate;
  readonly #socket: CheckedSocket;
  readonly #rhea: Connection;
  readonly #links: LinkTable;
  readonly #opening: NodeJS.Timeout;
  /** What the peer sent while rhea was still busy with the SASL layer. */
  #waiting: Buffer[] | undefined;
  #heldBytes = 0;
  /** Nothing more is taken from the peer. */
  #deaf = false;
  #failed = false;

  constructor({ stream, containerId, maxFrameBytes, idleTimeoutMs, mechanisms, handler }: AmqpConnectionOptions) {
    this.#stream = stream;
    this.#handler = handler;
    this.#outlet = new FrameOutlet(stream);
    this.#socket = new CheckedSocket({ stream, outlet: this.#outlet });
    this.#gate = new FrameGate({ maxFrameBytes, channelMax: CHANNEL_MAX, deliver: (bytes) => this.#deliver(bytes) });
    const limits = { max_frame_size: maxFrameBytes, channel_max: CHANNEL_MAX, idle_time_out: idleTimeoutMs };
    this.#rhea = acceptConnection({ container_id: containerId, ...limits }, mechanisms, this.#socket);
    const guard = (action: () => void) => this.#guard(action);
    this.#links = new LinkTable({ rhea: this.#rhea, outlet: this.#outlet, handler, guard });
    this.#opening = setTimeout(() => stream.destroy(), Math.min(OPEN_MS, 2 * idleTimeoutMs)).unref();
    this.#listen();
  }

  /** Counts the bytes of a message in work; while there are too many, nothing is read from the peer. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > HELD_HIGH) this.#stream.pause();
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
    if (this.#heldBytes < HELD_LOW && this.#stream.isPaused()) this.#stream.resume();
  }

  /**
   * Asks the peer to send nothing more and resolves when what was under way has arrived: official clients wait a whole
   * minute for the answer to a message that is cut off.
   */
  async quiesce(): Promise<void> {
    this.#links.revokeCredit();
    const deadline = performance.now() + QUIESCE_MS;
    do {
      if (!this.#links.hasSenders) return;
      await sleep(QUIET_MS);
    } while (this.#links.quietMs < QUIET_MS && performance.now() < deadline);
  }

  /**
   * Detaches all links and closes the connection with the conditions after which official clients reconnect at once;
   * resolves when the peer is gone.
   */
  async shutdown(): Promise<void> {
    if (this.#stream.closed) return;
    const gone = new Promise<void>((resolve) => this.#stream.once('close', () => resolve()));
    const reason = 'The broker is stopping.';
    if (this.#rhea.is_open()) {
      this.#links.closeAll(new AmqpError(Condition.detachForced, reason));
      this.#rhea.close({ condition: Condition.connectionForced, description: reason });
      writePending(this.#rhea);
      this.#outlet.flush();
      setTimeout(() => this.#stream.destroy(), CLOSE_MS);
    } else {
      this.#stream.destroy();
    }
    await gone;
  }

  /** Ends the connection; the peer is told the error as far as the protocol has come. */
  #fail(error: AmqpError): void {
    this.#deaf = true;
    // rhea can answer only when it has taken what came before the error.
    if (this.#waiting) setImmediate(() => this.#fail(error));
    if (this.#waiting || this.#failed) return;
    this.#failed = true;
    if (this.#gate.protocol === 'amqp') {
      this.#rhea.open();
      this.#rhea.close({ condition: error.condition, description: error.message });
      writePending(this.#rhea);
    } else if (!this.#gate.protocol) {
      this.#outlet.write(SASL_HEADER);
    }
    this.#outlet.flush();
    this.#stream.end();
    setTimeout(() => this.#stream.destroy(), CLOSE_MS).unref();
  }

  #listen(): void {
    const stream = this.#stream;
    stream.on('data', (data: Buffer) => this.#guard(() => this.#receive(data)));
    stream.on('drain', () => this.#guard(() => this.#links.wakeAll()));
    // `close` follows; there is nobody left to tell.
    stream.on('error', () => stream.destroy());
    stream.on('end', () => this.#socket.hangUp());
    stream.on('close', () => this.#closed());
    this.#rhea.on('connection_open', () => this.#guard(() => this.#opened()));
    // What rhea cannot take from a frame; the sequence of frames is wrong then, or a handle or channel unknown.
    for (const event of ['error', 'protocol_error']) {
      this.#rhea.on(event, (error: Error) =>
        this.#fail(error instanceof AmqpError ? error : new AmqpError(Condition.notAllowed, error.message)),
      );
    }
    // Without a listener rhea complains on the console; links and timers end when the stream closes.
    for (const event of [
      'session_error',
      'sender_error',
      'receiver_error',
      'connection_error',
      'connection_close',
      'disconnected',
    ]) {
      this.#rhea.on(event, () => undefined);
    }
  }

  #receive(data: Buffer): void {
    if (!this.#deaf) this.#gate.push(data);
  }

  /** rhea finishes SASL asynchronously; a peer that does not wait for the outcome is made to wait here. */
  #deliver(bytes: Buffer): void {
    if (this.#waiting) {
      this.#waiting.push(Buffer.from(bytes));
    } else if (bytes.equals(AMQP_HEADER)) {
      const waiting = [bytes];
      this.#waiting = waiting;
      setImmediate(() => {
        this.#waiting = undefined;
        for (const held of waiting) this.#deliverNow(held);
      });
    } else {
      this.#deliverNow(bytes);
    }
  }

  #deliverNow(bytes: Buffer): void {
    if (!this.#failed) this.#socket.receive(bytes);
  }

  #opened(): void {
    clearTimeout(this.#opening);
    const { max_frame_size: frame, idle_time_out: idle } = this.#rhea;
    if (typeof frame === 'number' && frame < MIN_MAX_FRAME_BYTES) {
      const what = `max-frame-size is ${frame}, but must be at least ${MIN_MAX_FRAME_BYTES} bytes.`;
      throw new AmqpError(Condition.invalidField, what);
    }
    if (idle && idle < MIN_IDLE_MS) {
      const what = `idle-time-out is ${idle}, but must be at least ${MIN_IDLE_MS} milliseconds.`;
      throw new AmqpError(Condition.invalidField, what);
    }
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(refusalOf(error));
    }
  }

  #closed(): void {
    clearTimeout(this.#opening);
    this.#socket.hangUp();
    this.#links.dropAll();
    this.#handler.closed();
  }
}
