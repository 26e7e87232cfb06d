import type { Sender } from 'rhea';
import type { AmqpError } from './conditions.ts';
import type { FrameOutlet } from './frameOutlet.ts';
import type { OutgoingSession } from './outgoingSession.ts';
import {
  answerAttach,
  countDelivery,
  creditOf,
  echoedTermini,
  handleOf,
  isDraining,
  remoteAttach,
  reportDrained,
  reportFlow,
  type Fields,
} from './rheaInternals.ts';
import { AttachFacts } from './attachFacts.ts';
import { TRANSFER_HEAD_BYTES, transferTemplate, writeTransferHead } from './transferFrame.ts';

/** Sender settle mode (AMQP 1.0, part 2, section 2.8.2) of a peer that wants to settle every delivery itself. */
const UNSETTLED = 0;

/** Something that writes a payload of a known size straight into the outgoing frames. */
export interface PayloadWriter {
  write(target: Buffer, at: number): void;
}

export interface OutgoingLinkOptions {
  link: Sender;
  session: OutgoingSession;
  outlet: FrameOutlet;
}

/**
 * A link on which the broker sends. Its transfer frames are written past rhea, which keeps the books of the session:
 * within the link's credit, the session's window and the peer's frame size, and not while the socket is congested.
 */
export class OutgoingLink extends AttachFacts {
  /** Called when sending may have become possible again. */
  onReady: () => void = () => undefined;
  /** Called once, when the link has ended for whatever reason. */
  onClosed: () => void = () => undefined;
  readonly #link: Sender;
  readonly #session: OutgoingSession;
  readonly #outlet: FrameOutlet;
  readonly #template: Buffer;
  readonly #settled: boolean;
  /** A delivery larger than a frame of which some is still to be sent. */
  #rest: { payload: Buffer; at: number; deliveryId: number } | undefined;
  #open = true;

  constructor({ link, session, outlet }: OutgoingLinkOptions) {
    super(remoteAttach(link));
    this.#link = link;
    this.#session = session;
    this.#outlet = outlet;
    this.#template = transferTemplate({ channel: session.channel, handle: handleOf(link) });
    this.#settled = remoteAttach(link).snd_settle_mode !== UNSETTLED;
  }

  /** Answers the attach; to be called before the end of the open event. */
  accept(answer: Fields = {}): void {
    const { snd_settle_mode } = remoteAttach(this.#link);
    answerAttach(this.#link, { ...echoedTermini(this.#link), snd_settle_mode, initial_delivery_count: 0, ...answer });
  }

  /** Whether one more delivery may be sent now. */
  get ready(): boolean {
    return this.#open && !this.#rest && !this.#outlet.congested && creditOf(this.#link) > 0 && this.#session.window > 0;
  }

  /** Sends a message of `size` bytes; only while `ready`. */
  send(size: number, writer: PayloadWriter): void {
    const deliveryId = this.#session.nextDeliveryId();
    countDelivery(this.#link);
    if (TRANSFER_HEAD_BYTES + size <= this.#session.maxFrameBytes) {
      const at = this.#beginFrame(deliveryId, size, false);
      writer.write(this.#outlet.chunk, at);
      this.#outlet.commit(TRANSFER_HEAD_BYTES + size);
      return;
    }
    const payload = Buffer.allocUnsafe(size);
    writer.write(payload, 0);
    this.#rest = { payload, at: 0, deliveryId };
    this.#sendRest();
  }

  /** To be called when there is nothing left to send for now: a peer that drains the link gets its credit back. */
  exhausted(): void {
    if (this.#open && isDraining(this.#link) && creditOf(this.#link) > 0) reportDrained(this.#link);
  }

  /** Ends the link; the peer is told the error. */
  close(error?: AmqpError): void {
    if (!this.#open) return;
    this.#link.close(error && { condition: error.condition, description: error.message });
    this.closed();
  }

  /** Called by the connection: credit, window or socket have changed. */
  wake(echo = false): void {
    if (!this.#open) return;
    if (this.#rest) this.#sendRest();
    this.onReady();
    if (echo) reportFlow(this.#link);
  }

  /** Called by the connection when the peer or the connection has ended the link. */
  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#rest = undefined;
    this.onClosed();
  }

  #sendRest(): void {
    const capacity = this.#session.maxFrameBytes - TRANSFER_HEAD_BYTES;
    while (this.#rest && this.#session.window > 0 && !this.#outlet.congested) {
      const { payload, at, deliveryId } = this.#rest;
      const end = Math.min(at + capacity, payload.length);
      const target = this.#beginFrame(deliveryId, end - at, end < payload.length);
      payload.copy(this.#outlet.chunk, target, at, end);
      this.#outlet.commit(TRANSFER_HEAD_BYTES + end - at);
      this.#rest = end < payload.length ? { payload, at: end, deliveryId } : undefined;
    }
  }

  #beginFrame(deliveryId: number, payloadBytes: number, more: boolean): number {
    this.#session.countTransfer();
    const at = this.#outlet.reserve(TRANSFER_HEAD_BYTES + payloadBytes);
    writeTransferHead(this.#outlet.chunk, at, this.#template, {
      deliveryId,
      payloadBytes,
      settled: this.#settled,
      more,
    });
    return at + TRANSFER_HEAD_BYTES;
  }
}
