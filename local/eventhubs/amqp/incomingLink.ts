import type { Delivery, Receiver } from 'rhea';
import { AttachFacts } from './attachFacts.ts';
import { AmqpError, Condition } from './conditions.ts';
import {
  answerAttach,
  echoedTermini,
  forget,
  remoteAttach,
  reportNoCredit,
  type Fields,
  type Frame,
} from './rheaInternals.ts';

/** A format that makes rhea hand over every payload as it is; the real one is kept beside it. */
const RAW_FORMAT = 0xffffffff;

export interface IncomingLinkOptions {
  /** Announced to the peer and enforced. */
  maxMessageBytes: number;
  /** Deliveries that may be open (under way or not yet settled). */
  credit: number;
  /** Further fields of the attach that answers the peer's. */
  answer?: Fields;
}

/** A message that a peer has sent, to be accepted or rejected once. */
export interface IncomingDelivery {
  /** To be used or copied before `onDelivery` returns. */
  payload: Buffer;
  format: number;
  accept(): void;
  reject(error: AmqpError): void;
}

/** A link on which the broker receives: raw payloads, credit given back as deliveries are settled, size limit. */
export class IncomingLink extends AttachFacts {
  onDelivery: (delivery: IncomingDelivery) => void = () => undefined;
  /** Called once, when the link has ended for whatever reason. */
  onClosed: () => void = () => undefined;
  readonly #link: Receiver;
  #limits: IncomingLinkOptions = { maxMessageBytes: 0, credit: 0 };
  #format = 0;
  #receivedBytes = 0;
  #partial = false;
  #aborted = false;
  /** Credit that the peer has, and deliveries that it waits to have settled. */
  #credit = 0;
  #unsettled = 0;
  #open = true;
  #refusal: AmqpError | undefined;

  constructor(link: Receiver) {
    super(remoteAttach(link));
    this.#link = link;
    // A link that is attached again under its name may be the same object to rhea.
    link.removeAllListeners('message');
    link.on('message', ({ message, delivery }: { message: Buffer | undefined; delivery: Delivery }) =>
      this.#deliver(message ?? Buffer.alloc(0), delivery),
    );
  }

  /** Answers the attach and gives the first credit; to be called before the end of the open event. */
  accept(options: IncomingLinkOptions): void {
    this.#limits = options;
    const { snd_settle_mode } = remoteAttach(this.#link);
    answerAttach(this.#link, {
      ...echoedTermini(this.#link),
      snd_settle_mode,
      max_message_size: options.maxMessageBytes,
      ...options.answer,
    });
    this.#replenish();
  }

  /** Ends the link; the peer is told the error. */
  close(error?: AmqpError): void {
    if (!this.#open) return;
    this.#refusal = error;
    this.#link.close(error && { condition: error.condition, description: error.message });
    this.closed();
  }

  /** Asks the peer to send nothing more; what is under way is still taken. */
  revokeCredit(): void {
    if (!this.#open) return;
    this.#limits = { ...this.#limits, credit: 0 };
    reportNoCredit(this.#link);
  }

  /** Called by the connection when the peer or the connection has ended the link. */
  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.onClosed();
  }

  /**
   * Called by the connection for every transfer frame, before rhea sees it.
   * @throws {AmqpError} `amqp:link:transfer-limit-exceeded`, which ends the connection
   */
  beforeTransfer(frame: Frame): void {
    const fields = frame.performative;
    if (!this.#partial) {
      this.#format = (fields.message_format as number | null) ?? 0;
      this.#receivedBytes = 0;
      if (this.#credit === 0) {
        throw new AmqpError(Condition.transferLimitExceeded, 'More messages were sent than the link has credit for.');
      }
      this.#credit -= 1;
      this.#unsettled += 1;
    }
    fields.message_format = RAW_FORMAT;
    this.#partial = fields.more === true && fields.aborted !== true;
    this.#aborted = fields.aborted === true;
    this.#receivedBytes += frame.payload?.length ?? 0;
    // What is refused anyway is counted, but not kept. rhea keeps the parts of a delivery until it is complete, but the
    // frame's bytes are good for this turn only.
    if (!this.#open || this.#receivedBytes > this.#limits.maxMessageBytes) frame.payload = undefined;
    else if (this.#partial && frame.payload) frame.payload = Buffer.from(frame.payload);
  }

  #deliver(payload: Buffer, delivery: Delivery): void {
    const reject = (error: AmqpError) => {
      delivery.reject({ condition: error.condition, description: error.message });
      this.#settled();
    };
    const accept = () => {
      delivery.accept();
      this.#settled();
    };
    if (this.#aborted) {
      forget(delivery);
      return this.#settled();
    }
    if (!this.#open) return reject(this.#refusal ?? new AmqpError(Condition.detachForced, 'The link has ended.'));
    const { maxMessageBytes } = this.#limits;
    if (this.#receivedBytes <= maxMessageBytes)
      return this.onDelivery({ payload, format: this.#format, accept, reject });
    // Rejecting it tells the official client at once; a detach would let its send wait for the timeout.
    const size = `The received message (${this.#receivedBytes} bytes) exceeds the limit (${maxMessageBytes} bytes)`;
    reject(new AmqpError(Condition.messageSizeExceeded, `${size} currently allowed on the link.`));
  }

  #settled(): void {
    this.#unsettled -= 1;
    if (this.#open) this.#replenish();
  }

  /** In steps of a quarter, so that not every message costs a flow frame. */
  #replenish(): void {
    const missing = this.#limits.credit - this.#credit - this.#unsettled;
    if (missing <= 0 || missing * 4 < this.#limits.credit) return;
    this.#credit += missing;
    this.#link.add_credit(missing);
  }
}
