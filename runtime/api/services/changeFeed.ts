/** Reads what changed since the last read, keeping the position. A failed read leaves the position where it was. */
export interface ChangeFeed<T> {
  /** An empty page means that there is nothing new at the moment. */
  read(): Promise<readonly T[]>;
}
