/** A source that cannot be built, or a wrong use of the build: the message says all, a stack would add nothing. */
export class BuildError extends Error {
  override name = 'BuildError';
}
