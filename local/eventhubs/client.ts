import type { Duplex } from 'node:stream';
import { parseAddress, pathOf } from './addresses.ts';
import { AmqpConnection } from './amqp/amqpConnection.ts';
import { AmqpError, Condition, entityNotFound } from './amqp/conditions.ts';
import type { IncomingLink } from './amqp/incomingLink.ts';
import type { OutgoingLink } from './amqp/outgoingLink.ts';
import { putToken } from './cbs.ts';
import { Claims } from './claims.ts';
import { attachConsumer } from './consumer.ts';
import type { Hubs } from './hubs.ts';
import { readEntity } from './management.ts';
import { attachPublisher } from './publisher.ts';
import { RequestNode } from './requestNode.ts';
import { saslMechanisms } from './sasl.ts';
import type { Gate } from './gate.ts';
import { tokenTypeOf, type Right, type TokenVerifier } from './tokens.ts';

/** Announced to clients; smaller frames make lone large sends stall on Nagle's algorithm and delayed acknowledgements. */
const MAX_FRAME_BYTES = 2 * 1024 * 1024;

export interface ClientOptions {
  /** A socket, or whatever else carries AMQP bytes. */
  stream: Duplex;
  hubs: Hubs;
  containerId: string;
  /** How callers prove themselves. */
  gate: Gate;
  idleTimeoutMs: number;
  onClosed(): void;
}

/** One connected client: what it may do and what it has attached. */
export class Client {
  readonly #hubs: Hubs;
  readonly #verify: TokenVerifier;
  readonly #claims = new Claims();
  readonly #connection: AmqpConnection;
  readonly #cbs: RequestNode;
  readonly #management: RequestNode;

  constructor({ stream, hubs, containerId, gate, idleTimeoutMs, onClosed }: ClientOptions) {
    this.#hubs = hubs;
    this.#verify = gate.verify;
    if (gate.isOpen) this.#claims.grant({ path: '', expiresAt: Infinity });
    const rights = { hubs, verify: this.#verify, claims: this.#claims };
    this.#cbs = new RequestNode((request) => putToken({ request, ...rights }));
    const authorize = (hub: string, token: unknown) => this.#authorizeManagement(hub, token);
    this.#management = new RequestNode((request) => readEntity({ request, hubs, authorize }));
    this.#connection = new AmqpConnection({
      stream,
      containerId,
      maxFrameBytes: MAX_FRAME_BYTES,
      idleTimeoutMs,
      mechanisms: saslMechanisms(gate.isPlainAccepted, this.#claims),
      handler: {
        incomingAttached: (link) => this.#attachIncoming(link),
        outgoingAttached: (link) => this.#attachOutgoing(link),
        closed: () => {
          this.#claims.dispose();
          onClosed();
        },
      },
    });
  }

  /** Ends the links that are not allowed any more. */
  recheckRights(): void {
    this.#claims.recheck();
  }

  /** Asks the client to send nothing more; resolves when what was under way has arrived. */
  async quiesce(): Promise<void> {
    await this.#connection.quiesce();
  }

  /** Detaches and disconnects the client so that it comes back by itself; resolves when it is gone. */
  async shutdown(): Promise<void> {
    await this.#connection.shutdown();
  }

  #attachIncoming(link: IncomingLink): void {
    const address = parseAddress(link.targetAddress);
    if (address.node === 'cbs') return this.#cbs.addRequests(link);
    if (address.node === 'management') return this.#management.addRequests(link);
    const path = pathOf(link.targetAddress ?? '');
    if (address.node !== 'hub') throw new AmqpError(Condition.notAllowed, `Nothing can be sent to '${path}'.`);
    this.#claims.require(path, 'Send');
    const { hub, partition } = address;
    const to = { hub: this.#hubs.hub(hub), partition, throughput: this.#hubs.throughput };
    this.#whileAttached(link, { path, right: 'Send' }, attachPublisher({ link, ...to, budget: this.#connection }));
  }

  #attachOutgoing(link: OutgoingLink): void {
    const address = parseAddress(link.sourceAddress);
    if (address.node === 'cbs') return this.#cbs.addReplies(link);
    if (address.node === 'management') return this.#management.addReplies(link);
    const path = pathOf(link.sourceAddress ?? '');
    if (address.node !== 'consumerGroup') throw entityNotFound(path);
    this.#claims.require(path, 'Listen');
    const { hub, group, partition } = address;
    const from = { hub: this.#hubs.hub(hub), group, partition, throughput: this.#hubs.throughput };
    this.#whileAttached(link, { path, right: 'Listen' }, attachConsumer({ link, ...from }));
  }

  /** Ends the link when its token expires, and what it holds when it has ended. */
  #whileAttached(link: IncomingLink | OutgoingLink, use: { path: string; right: Right }, end: () => void): void {
    const unwatch = this.#claims.watch({ ...use, close: (error) => link.close(error) });
    link.onClosed = () => {
      unwatch();
      end();
    };
  }

  /** By a token that was put for the hub or its management node, or by the one in the request. */
  async #authorizeManagement(hub: string, token: unknown): Promise<void> {
    const path = `${hub}/$management`;
    if (typeof token === 'string' && token !== '' && !this.#claims.covers(path)) {
      this.#claims.grant(await this.#verify(token, tokenTypeOf(token)));
    }
    this.#claims.require(path, 'Manage');
  }
}
