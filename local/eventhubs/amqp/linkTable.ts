import type { Connection, EventContext, Receiver, Sender, Session } from 'rhea';
import { refusalOf, type AmqpError } from './conditions.ts';
import type { FrameOutlet } from './frameOutlet.ts';
import { IncomingLink } from './incomingLink.ts';
import { OutgoingLink } from './outgoingLink.ts';
import { OutgoingSession } from './outgoingSession.ts';
import { tapSession, type Fields } from './rheaInternals.ts';
import { settlingFrame } from './transferFrame.ts';

/** What a connection does with its links; an `AmqpError` thrown by an attach refuses the link. */
export interface LinkHandler {
  /** The peer wants to send. */
  incomingAttached(link: IncomingLink): void;
  /** The peer wants to receive. */
  outgoingAttached(link: OutgoingLink): void;
}

type Link = IncomingLink | OutgoingLink;

/** What a peer that announces no frame size takes. */
const UNLIMITED = 0xffffffff;

export interface LinkTableOptions {
  rhea: Connection;
  outlet: FrameOutlet;
  handler: LinkHandler;
  /** Runs an action so that what it throws ends the connection. */
  guard(action: () => void): void;
}

/** The sessions and links of one connection: the broker's own link objects beside those of rhea. */
export class LinkTable {
  readonly #rhea: Connection;
  readonly #outlet: FrameOutlet;
  readonly #handler: LinkHandler;
  readonly #guard: (action: () => void) => void;
  readonly #links = new Map<Sender | Receiver, Link>();
  readonly #sessions = new Map<Session, OutgoingSession>();
  #lastTransferAt = 0;

  constructor({ rhea, outlet, handler, guard }: LinkTableOptions) {
    this.#rhea = rhea;
    this.#outlet = outlet;
    this.#handler = handler;
    this.#guard = guard;
    const on = (event: string, handle: (context: EventContext) => void) =>
      rhea.on(event, (context: EventContext) => guard(() => handle(context)));
    on('session_open', ({ session }) => session && this.#addSession(session));
    on('session_close', ({ session }) => session && this.#removeSession(session));
    on('receiver_open', ({ receiver }) => receiver && this.#addIncoming(receiver));
    on('sender_open', ({ sender }) => sender && this.#addOutgoing(sender));
    on('receiver_close', ({ receiver }) => receiver && this.#removeLink(receiver));
    on('sender_close', ({ sender }) => sender && this.#removeLink(sender));
  }

  /** The socket takes bytes again. */
  wakeAll(): void {
    for (const link of this.#links.values()) if (link instanceof OutgoingLink) link.wake();
  }

  /** Whether the peer has a link to send on. */
  get hasSenders(): boolean {
    return [...this.#links.values()].some((link) => link instanceof IncomingLink);
  }

  /** Milliseconds since the peer has last sent a part of a message. */
  get quietMs(): number {
    return performance.now() - this.#lastTransferAt;
  }

  /** Asks the peer to send nothing more. */
  revokeCredit(): void {
    for (const link of this.#links.values()) if (link instanceof IncomingLink) link.revokeCredit();
  }

  /** Detaches every link with this error. */
  closeAll(error: AmqpError): void {
    for (const link of [...this.#links.values()]) link.close(error);
  }

  /** The connection is gone, and the links with it. */
  dropAll(): void {
    for (const link of [...this.#links.keys()]) this.#removeLink(link);
  }

  #addSession(session: Session): void {
    const outgoing = new OutgoingSession({ session, maxFrameBytes: this.#rhea.max_frame_size ?? UNLIMITED });
    this.#sessions.set(session, outgoing);
    tapSession(session, {
      transfer: (link, frame) => {
        this.#lastTransferAt = performance.now();
        const incoming = link && this.#links.get(link);
        if (incoming instanceof IncomingLink) incoming.beforeTransfer(frame);
      },
      flowed: (link, fields) => this.#flowed(session, link, fields),
      settled: (fields) => this.#settled(outgoing, fields),
    });
  }

  #addIncoming(receiver: Receiver): void {
    const link = new IncomingLink(receiver);
    this.#links.set(receiver, link);
    answer(link, () => this.#handler.incomingAttached(link));
  }

  #addOutgoing(sender: Sender): void {
    const session = this.#sessions.get(sender.session);
    if (!session) throw new Error('a link was attached to a session that was never begun');
    const link = new OutgoingLink({ link: sender, session, outlet: this.#outlet });
    this.#links.set(sender, link);
    answer(link, () => this.#handler.outgoingAttached(link));
  }

  /** Credit or window may have grown. What rhea still has to write, the answer to an attach say, goes first. */
  #flowed(session: Session, link: Sender | Receiver | undefined, fields: Fields): void {
    setImmediate(() =>
      this.#guard(() => {
        for (const [candidate, outgoing] of this.#links) {
          const concerned = link ? candidate === link : candidate.session === session;
          if (concerned && outgoing instanceof OutgoingLink) outgoing.wake(fields.echo === true && candidate === link);
        }
      }),
    );
  }

  /** A receiver that settles second (rcv-settle-mode 1) waits for the sender to settle as well. */
  #settled(session: OutgoingSession, { first, last, settled, state }: Fields): void {
    const hasState = typeof state === 'object' && state !== null && (state as { value?: unknown }).value !== null;
    if (settled === true || !hasState) return;
    const range = { first: first as number, last: (last ?? first) as number };
    this.#outlet.write(settlingFrame({ channel: session.channel, ...range }));
  }

  #removeLink(link: Sender | Receiver): void {
    this.#links.get(link)?.closed();
    this.#links.delete(link);
  }

  #removeSession(session: Session): void {
    for (const link of [...this.#links.keys()]) if (link.session === session) this.#removeLink(link);
    this.#sessions.delete(session);
  }
}

/** Lets the handler answer an attach; a refusal is attached and detached with the error, as AMQP asks for. */
function answer(link: Link, handle: () => void): void {
  try {
    handle();
  } catch (error) {
    link.close(refusalOf(error));
  }
}
