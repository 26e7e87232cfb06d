import rhea from 'rhea';
import { AmqpError, Condition, refusalOf } from './amqp/conditions.ts';
import { malformed } from './amqp/encoding.ts';
import type { IncomingDelivery, IncomingLink } from './amqp/incomingLink.ts';
import { emptyLayout, readMessage } from './amqp/messageLayout.ts';
import type { OutgoingLink } from './amqp/outgoingLink.ts';

const MAX_REQUEST_BYTES = 64 * 1024;
const REQUEST_CREDIT = 100;
/** Replies that a client may leave unread. */
const MAX_QUEUED_REPLIES = 1_000;

/** Answer to a request; its body is any value that rhea can encode. */
export interface Reply {
  status: number;
  description: string;
  errorCondition?: string;
  body?: unknown;
}

/** A decoded message; its fields have rhea's names. */
export type RequestMessage = ReturnType<typeof rhea.message.decode>;

export type RequestHandler = (request: RequestMessage) => Reply | Promise<Reply>;

/** A status code of the CBS and management protocols for a refusal. */
const STATUS: Readonly<Partial<Record<Condition, number>>> = {
  [Condition.notFound]: 404,
  [Condition.unauthorized]: 401,
  [Condition.argumentError]: 400,
  [Condition.argumentOutOfRange]: 400,
  [Condition.notImplemented]: 501,
};

/**
 * A node that answers requests (`$cbs`, `$management`) of one connection: a reply goes to the client's receiving link
 * that has the request's `reply-to` as its target address or its name.
 */
export class RequestNode {
  readonly #handle: RequestHandler;
  readonly #replies = new Map<OutgoingLink, Buffer[]>();
  readonly #layout = emptyLayout();

  constructor(handle: RequestHandler) {
    this.#handle = handle;
  }

  addRequests(link: IncomingLink): void {
    link.accept({ maxMessageBytes: MAX_REQUEST_BYTES, credit: REQUEST_CREDIT });
    link.onDelivery = (delivery) => this.#answer(delivery);
  }

  addReplies(link: OutgoingLink): void {
    link.accept();
    const queue: Buffer[] = [];
    this.#replies.set(link, queue);
    link.onReady = () => flush(link, queue);
    link.onClosed = () => this.#replies.delete(link);
  }

  #answer(delivery: IncomingDelivery): void {
    try {
      const request = this.#read(delivery);
      const target = this.#replyLink(request.reply_to);
      delivery.accept();
      void this.#reply(request).then((reply) => this.#send(target, request, reply));
    } catch (error) {
      delivery.reject(refusalOf(error));
    }
  }

  #read({ payload, format }: IncomingDelivery): RequestMessage {
    if (format !== 0) throw malformed('a request is not a plain message');
    readMessage(payload, 0, payload.length, this.#layout);
    return rhea.message.decode(payload);
  }

  async #reply(request: RequestMessage): Promise<Reply> {
    try {
      return await this.#handle(request);
    } catch (error) {
      const { condition, message } = refusalOf(error);
      return { status: STATUS[condition] ?? 500, description: message, errorCondition: condition };
    }
  }

  #send([link, queue]: [OutgoingLink, Buffer[]], request: RequestMessage, reply: Reply): void {
    const { status, description, errorCondition, body = null } = reply;
    const failure = errorCondition && { 'error-condition': rhea.types.wrap_symbol(errorCondition) };
    const message = {
      to: request.reply_to,
      correlation_id: request.message_id,
      application_properties: {
        'status-code': rhea.types.wrap_int(status),
        'status-description': description,
        ...failure,
      },
      body,
    };
    if (queue.length >= MAX_QUEUED_REPLIES) {
      link.close(new AmqpError(Condition.resourceLimitExceeded, `${MAX_QUEUED_REPLIES} replies wait to be received.`));
      return;
    }
    queue.push(rhea.message.encode(message));
    flush(link, queue);
  }

  #replyLink(replyTo: unknown): [OutgoingLink, Buffer[]] {
    for (const entry of this.#replies) {
      const [link] = entry;
      if (typeof replyTo === 'string' && (link.targetAddress === replyTo || link.name === replyTo)) return entry;
    }
    throw new AmqpError(
      Condition.notFound,
      `There is no receiving link for the reply-to address '${String(replyTo)}'.`,
    );
  }
}

function flush(link: OutgoingLink, queue: Buffer[]): void {
  while (link.ready) {
    const payload = queue.shift();
    if (!payload) return link.exhausted();
    link.send(payload.length, { write: (target, at) => void payload.copy(target, at) });
  }
}
