import { once } from 'node:events';
import rhea, { type Connection, type EventContext, type Receiver, type Sender } from 'rhea';
import { SELECTOR_FILTER } from '../startPosition.ts';

const BEGINNING = rhea.types.wrap_described("amqp.annotation.x-opt-offset > '-1'", 0x468c00000004);

/** A client in another language, as far as the protocol goes: plain AMQP with rhea. */
export class AmqpPeer {
  readonly connection: Connection;

  private constructor(connection: Connection) {
    this.connection = connection;
    for (const event of [
      'connection_error',
      'session_error',
      'sender_error',
      'receiver_error',
      'disconnected',
      'error',
    ]) {
      connection.on(event, () => undefined);
    }
  }

  static async open(port: number, options: Record<string, unknown> = {}): Promise<AmqpPeer> {
    const container = rhea.create_container();
    const settings = { host: '127.0.0.1', port, username: 'anonymous', reconnect: false, ...options };
    const peer = new AmqpPeer(container.connect(settings as Parameters<typeof container.connect>[0]));
    await opened(peer.connection, 'connection_open', 'connection_error', 'disconnected');
    return peer;
  }

  /** @throws the error with which the link is refused */
  async sender(address: string, options: Record<string, unknown> = {}): Promise<Sender> {
    const sender = this.connection.open_sender({ target: { address }, autosettle: true, ...options });
    await opened(sender, 'sendable', 'sender_error');
    return sender;
  }

  /** A receiver from the beginning of a partition, without credit. @throws the error with which the link is refused */
  async receiver(address: string, options: Record<string, unknown> = {}): Promise<Receiver> {
    const source = { address, filter: { [SELECTOR_FILTER]: BEGINNING } };
    const receiver = this.connection.open_receiver({ source, credit_window: 0, ...options } as object);
    await opened(receiver, 'receiver_open', 'receiver_error');
    return receiver;
  }

  /** Gives credit and waits for as many messages. */
  async receive(receiver: Receiver, count: number): Promise<EventContext[]> {
    const contexts: EventContext[] = [];
    const done = new Promise<void>((resolve) => {
      receiver.on('message', (context: EventContext) => {
        contexts.push(context);
        if (contexts.length === count) resolve();
      });
    });
    receiver.add_credit(count);
    await done;
    receiver.removeAllListeners('message');
    return contexts;
  }

  async close(): Promise<void> {
    if (this.connection.is_closed()) return;
    const closed = once(this.connection, 'connection_close');
    this.connection.close();
    await closed;
  }
}

/** Waits for the first of these events; one that is not the wished one becomes an error with its condition. */
function opened(emitter: Connection | Sender | Receiver, wished: string, ...failures: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const failure of failures) emitter.once(failure, (context: EventContext) => reject(failureOf(context)));
    // A refused link is attached first and detached with the error right behind it.
    emitter.once(wished, () => setImmediate(resolve));
  });
}

function failureOf({ connection, sender, receiver, error }: EventContext): Error {
  const cause = sender?.error ?? receiver?.error ?? error ?? connection.error;
  const { condition, description } = (cause ?? {}) as { condition?: string; description?: string };
  return Object.assign(new Error(description ?? 'disconnected'), { condition });
}
