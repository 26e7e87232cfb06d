import { ExpressionError } from '../errors.ts';

/**
 * .NET's `Uri.EscapeDataString`: percent-encodes everything but the unreserved characters of RFC 3986, so also
 * `! ' ( ) *`, which JavaScript's `encodeURIComponent` leaves as they are. A lone surrogate becomes U+FFFD.
 */
export function uriComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The reverse; a percent sign that begins no valid sequence is an `ExpressionError`. */
export function uriComponentToText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new ExpressionError(`${JSON.stringify(text)} is not percent-encoded text`, { cause: error });
  }
}
