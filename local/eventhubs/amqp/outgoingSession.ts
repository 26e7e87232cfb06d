import type { Session } from 'rhea';
import { channelOf, countTransfer, transferWindow } from './rheaInternals.ts';

/** The sending half of a session: numbers deliveries and keeps to the peer's window. */
export class OutgoingSession {
  readonly channel: number;
  /** The largest frame that the peer takes. */
  readonly maxFrameBytes: number;
  readonly #session: Session;
  #deliveryId = 0;

  constructor({ session, maxFrameBytes }: { session: Session; maxFrameBytes: number }) {
    this.#session = session;
    this.channel = channelOf(session);
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Transfer frames that may be sent now. */
  get window(): number {
    return transferWindow(this.#session);
  }

  countTransfer(): void {
    countTransfer(this.#session);
  }

  nextDeliveryId(): number {
    const id = this.#deliveryId;
    this.#deliveryId = (id + 1) >>> 0;
    return id;
  }
}
