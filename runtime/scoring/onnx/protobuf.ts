/** Wire types of protocol buffers that occur in ONNX files (protobuf.dev, "Encoding"). */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const LONGEST_VARINT = 10;

/** Bytes that are not a well-formed protocol buffer. */
export class ProtobufError extends Error {}

/** Writes one protocol buffer message; large byte fields are kept by reference until `finish`. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** An integer field. Negative numbers take ten bytes, as protobuf has it for int32 and int64. */
  integer(field: number, value: number): this {
    this.#varint(field * 8 + WIRE.varint);
    this.#varint(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#header(field, value.length);
    this.#push(value);
    return this;
  }

  /** An embedded message. */
  message(field: number, value: ProtobufWriter): this {
    this.#header(field, value.#length);
    for (const chunk of value.#chunks) this.#push(chunk);
    return this;
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  #header(field: number, length: number): void {
    this.#varint(field * 8 + WIRE.bytes);
    this.#varint(length);
  }

  #varint(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    const encoded: number[] = [];
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      encoded.push(rest === 0n ? low : low | 0x80);
    } while (rest !== 0n);
    this.#push(Uint8Array.from(encoded));
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }
}

/** One field as read: an integer, or the bytes of a string, an embedded message or a fixed-width number. */
export interface ProtobufField {
  field: number;
  integer: number;
  bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** Reads the fields of a message in file order; byte fields are views, not copies. Throws `ProtobufError`. */
export function* readFields(message: Uint8Array): Generator<ProtobufField> {
  const cursor = { message, offset: 0 };
  while (cursor.offset < message.length) {
    const key = readVarint(cursor);
    const field = Math.floor(key / 8);
    switch (key % 8) {
      case WIRE.varint:
        yield { field, integer: readVarint(cursor), bytes: NO_BYTES };
        break;
      case WIRE.bytes:
        yield { field, integer: 0, bytes: take(cursor, readVarint(cursor)) };
        break;
      case WIRE.fixed32:
        yield { field, integer: 0, bytes: take(cursor, 4) };
        break;
      case WIRE.fixed64:
        yield { field, integer: 0, bytes: take(cursor, 8) };
        break;
      default:
        throw new ProtobufError(`Unknown wire type ${key % 8} before byte ${cursor.offset} of ${message.length}.`);
    }
  }
}

interface Cursor {
  message: Uint8Array;
  offset: number;
}

function readVarint(cursor: Cursor): number {
  let value = 0n;
  for (let index = 0; index < LONGEST_VARINT; index++) {
    const byte = cursor.message[cursor.offset++];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return Number(BigInt.asIntN(64, value));
  }
  throw new ProtobufError(`Unfinished number before byte ${cursor.offset} of ${cursor.message.length}.`);
}

function take(cursor: Cursor, length: number): Uint8Array {
  const start = cursor.offset;
  const end = start + length;
  if (length < 0 || end > cursor.message.length) {
    throw new ProtobufError(`A field of ${length} bytes ends beyond the message of ${cursor.message.length} bytes.`);
  }
  cursor.offset = end;
  return cursor.message.subarray(start, end);
}
