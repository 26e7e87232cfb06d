/** JSON of a value; undefined for one that is nested more deeply than the stack allows. */
export function boundedJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
