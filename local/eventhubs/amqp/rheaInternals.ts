import type { EventEmitter } from 'node:events';
import rhea, {
  type Connection,
  type ConnectionOptions,
  type Delivery,
  type Receiver,
  type Sender,
  type Session,
} from 'rhea';

/**
 * Everything that the broker uses of `rhea` beyond its documented interface, in one place: rhea is pinned to one exact
 * version, and `rheaInternals.test.ts` fails when that version does not keep these facts.
 */

/** Fields of a decoded performative, by their names in AMQP with underscores. */
export type Fields = Record<string, unknown>;

/** A decoded frame on its way to rhea; a tap may change it. */
export interface Frame {
  performative: Fields;
  payload?: Buffer;
}

interface SessionInternals {
  local: { channel: number };
  outgoing: { next_transfer_id: number; remote_window?: number; remote_next_transfer_id?: number };
  on_transfer(frame: Frame): void;
  on_flow(frame: Frame): void;
  on_disposition(frame: Frame): void;
  remote: { handles: Record<number, Sender | Receiver | undefined> };
  _write_flow(link?: Sender | Receiver): void;
}

interface Terminus {
  described(): unknown;
}

interface LinkInternals {
  local: { handle: number; attach: Fields };
  remote: { attach: Fields & { source?: Terminus | null; target?: Terminus | null } };
  credit: number;
  delivery_count: number;
  _draining: boolean;
  _drained: boolean;
}

/** What rhea needs of a socket. */
export interface RheaSocket extends EventEmitter {
  write(bytes: Buffer): void;
  end(): void;
  destroy(): void;
  get_id_string(): string;
}

/** A mechanism by the name that clients choose it by; `start` sets `outcome`. */
export type SaslMechanisms = Record<string, () => { outcome?: boolean; start(response?: Buffer): void }>;

/** Options of a server's connection: fields of its open and defaults of its links. */
export interface AcceptOptions {
  container_id: string;
  max_frame_size: number;
  channel_max: number;
  idle_time_out: number;
}

/** Links neither settle nor ask for messages by themselves. */
const MANUAL = { autoaccept: false, autosettle: false, credit_window: 0, reconnect: false };

/** A connection that speaks AMQP as the server on `socket`. */
export function acceptConnection(options: AcceptOptions, mechanisms: SaslMechanisms, socket: RheaSocket): Connection {
  const container = rhea.create_container({ id: options.container_id });
  container.sasl_server_mechanisms = mechanisms;
  const connection = container.create_connection({ ...options, ...MANUAL } as unknown as ConnectionOptions);
  (connection as unknown as { accept(socket: RheaSocket): void }).accept(socket);
  return connection;
}

/** Writes the frames that rhea has pending at once instead of on the next tick. */
export function writePending(connection: Connection): void {
  (connection as unknown as { _process(): void })._process();
}

/** Told about frames of one session before or after rhea has seen them. */
export interface SessionTaps {
  /** Before. */
  transfer(link: Sender | Receiver | undefined, frame: Frame): void;
  /** After every flow. */
  flowed(link: Sender | Receiver | undefined, fields: Fields): void;
  /** A disposition about what the broker sent. It never sends through rhea, so rhea has no use for it. */
  settled(fields: Fields): void;
}

export function tapSession(session: Session, taps: SessionTaps): void {
  const internals = session as unknown as SessionInternals;
  const { on_transfer, on_flow, on_disposition } = internals;
  const linkOf = ({ handle }: Fields) => (typeof handle === 'number' ? internals.remote.handles[handle] : undefined);

  internals.on_transfer = (frame) => {
    taps.transfer(linkOf(frame.performative), frame);
    on_transfer.call(session, frame);
  };
  internals.on_flow = (frame) => {
    const { performative } = frame;
    // A receiver that has not seen the attach yet leaves the count out; rhea would calculate with `undefined`.
    performative.delivery_count ??= 0;
    performative.link_credit ??= 0;
    on_flow.call(session, frame);
    taps.flowed(linkOf(performative), performative);
  };
  internals.on_disposition = (frame) => {
    if (frame.performative.role === true) taps.settled(frame.performative);
    else on_disposition.call(session, frame);
  };
}

export function channelOf(session: Session): number {
  return (session as unknown as SessionInternals).local.channel;
}

/** Transfer frames that the peer's session window still takes. */
export function transferWindow(session: Session): number {
  const {
    next_transfer_id,
    remote_window = 0,
    remote_next_transfer_id,
  } = (session as unknown as SessionInternals).outgoing;
  return remote_window - ((next_transfer_id - (remote_next_transfer_id ?? 0)) >>> 0);
}

/** Counts a transfer frame that was written past rhea, so that rhea's own flow frames tell the truth. */
export function countTransfer(session: Session): void {
  const { outgoing } = session as unknown as SessionInternals;
  outgoing.next_transfer_id = (outgoing.next_transfer_id + 1) >>> 0;
}

export function handleOf(link: Sender): number {
  return internalsOf(link).local.handle;
}

/** Credit that the peer has given to a link on which the broker sends. */
export function creditOf(link: Sender): number {
  // Serial number arithmetic: the delivery count wraps at 2^32.
  return internalsOf(link).credit | 0;
}

/** Counts a delivery that was written past rhea. */
export function countDelivery(link: Sender): void {
  const internals = internalsOf(link);
  internals.credit -= 1;
  internals.delivery_count = (internals.delivery_count + 1) >>> 0;
}

export function isDraining(link: Sender): boolean {
  return internalsOf(link)._draining;
}

/** Gives back the credit of a draining link: nothing more is available. */
export function reportDrained(link: Sender): void {
  internalsOf(link)._drained = true;
  reportFlow(link);
}

/** Sends the state of a link and its session to the peer. */
export function reportFlow(link: Sender): void {
  (link.session as unknown as SessionInternals)._write_flow(link);
}

/** Tells a sending peer that it has no credit any more; what it has sent before it hears that is still expected. */
export function reportNoCredit(link: Receiver): void {
  const internals = internalsOf(link);
  const { credit } = internals;
  internals.credit = 0;
  (link.session as unknown as SessionInternals)._write_flow(link);
  internals.credit = credit;
}

/** Marks a delivery as done without a word to the peer, which has given it up itself. */
export function forget(delivery: Delivery): void {
  Object.assign(delivery, { settled: true });
}

/** Fields of the attach that the peer sent. */
export function remoteAttach(link: Sender | Receiver): Fields {
  return internalsOf(link).remote.attach;
}

/** Sets fields of the attach that answers the peer's; to be called before the end of the open event. */
export function answerAttach(link: Sender | Receiver, fields: Fields): void {
  Object.assign(internalsOf(link).local.attach, fields);
}

/** The peer's source and target as they are to be echoed: the same values in the same encoding. */
export function echoedTermini(link: Sender | Receiver): Fields {
  const { source, target } = internalsOf(link).remote.attach;
  return { source: source?.described() ?? null, target: target?.described() ?? null };
}

function internalsOf(link: Sender | Receiver): LinkInternals {
  return link as unknown as LinkInternals;
}
