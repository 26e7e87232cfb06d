/** Error conditions of AMQP 1.0 (section 2.8) and of Event Hubs; clients decide by them whether to try again. */
export const Condition = {
  argumentError: 'com.microsoft:argument-error',
  argumentOutOfRange: 'com.microsoft:argument-out-of-range',
  connectionForced: 'amqp:connection:forced',
  decodeError: 'amqp:decode-error',
  detachForced: 'amqp:link:detach-forced',
  framingError: 'amqp:connection:framing-error',
  illegalState: 'amqp:illegal-state',
  internalError: 'amqp:internal-error',
  invalidField: 'amqp:invalid-field',
  messageSizeExceeded: 'amqp:link:message-size-exceeded',
  notAllowed: 'amqp:not-allowed',
  notFound: 'amqp:not-found',
  notImplemented: 'amqp:not-implemented',
  outOfOrderSequence: 'com.microsoft:out-of-order-sequence',
  producerEpochStolen: 'com.microsoft:producer-epoch-stolen',
  resourceLimitExceeded: 'amqp:resource-limit-exceeded',
  serverBusy: 'com.microsoft:server-busy',
  stolen: 'amqp:link:stolen',
  transferLimitExceeded: 'amqp:link:transfer-limit-exceeded',
  unauthorized: 'amqp:unauthorized-access',
} as const;

export type Condition = (typeof Condition)[keyof typeof Condition];

/** A refusal that the client is told: thrown anywhere below a connection, link or delivery, which it then ends. */
export class AmqpError extends Error {
  override readonly name = 'AmqpError';
  readonly condition: Condition;

  constructor(condition: Condition, description: string) {
    super(description);
    this.condition = condition;
  }
}

/** Azure's text for a hub, group or node that does not exist; official clients recognise the case by this text. */
export function entityNotFound(entity: string): AmqpError {
  return new AmqpError(Condition.notFound, `The messaging entity '${entity}' could not be found.`);
}

/** The refusal that a failure means for the client; what is not an `AmqpError` is a fault of the broker and is logged. */
export function refusalOf(error: unknown): AmqpError {
  if (error instanceof AmqpError) return error;
  console.error(error);
  return new AmqpError(Condition.internalError, 'The broker failed to serve the request; its log has the cause.');
}
