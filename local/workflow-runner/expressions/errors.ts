/** An expression that cannot be read or evaluated; the message says which part and why. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}
