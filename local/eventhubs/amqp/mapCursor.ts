import { Code, skipValue } from './encoding.ts';

/** Steps over the entries of an encoded map that was checked before; one object serves many maps. */
export class MapCursor {
  keyAt = 0;
  valueAt = 0;
  /** After the value of the entry. */
  entryEnd = 0;
  #buffer: Buffer = Buffer.alloc(0);
  #end = 0;

  /** `at` is the position of the map's constructor. */
  open(buffer: Buffer, at: number): void {
    const wide = buffer[at] === Code.map32;
    this.#buffer = buffer;
    this.#end = wide ? at + 5 + buffer.readUInt32BE(at + 1) : at + 2 + buffer[at + 1];
    this.entryEnd = at + (wide ? 9 : 3);
  }

  next(): boolean {
    if (this.entryEnd >= this.#end) return false;
    this.keyAt = this.entryEnd;
    this.valueAt = skipValue(this.#buffer, this.keyAt, this.#end);
    this.entryEnd = skipValue(this.#buffer, this.valueAt, this.#end);
    return true;
  }

  /** Whether the key is this one, given in its encoded form (`encodeSymbol`). */
  keyIs(symbol: Buffer): boolean {
    const { keyAt } = this;
    return (
      this.valueAt - keyAt === symbol.length &&
      this.#buffer.compare(symbol, 0, symbol.length, keyAt, keyAt + symbol.length) === 0
    );
  }
}

/** A short symbol as it stands in an encoded message. */
export function encodeSymbol(text: string): Buffer {
  return Buffer.concat([Buffer.from([Code.symbol8, text.length]), Buffer.from(text, 'latin1')]);
}
