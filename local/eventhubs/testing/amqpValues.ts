import fc from 'fast-check';
import rhea, { type Typed } from 'rhea';

const { types, message } = rhea;

/** Any value that AMQP can encode, in any of its encodings that rhea knows how to write. */
export const amqpValue: fc.Arbitrary<Typed> = fc.letrec<{ value: Typed }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.constant(null).map(types.wrap),
      fc.boolean().map(types.wrap),
      fc.nat(255).map(types.wrap_ubyte),
      fc.nat(65_535).map(types.wrap_ushort),
      fc.nat().map(types.wrap_uint),
      fc.maxSafeNat().map(types.wrap_ulong),
      fc.integer({ min: -32_768, max: 32_767 }).map(types.wrap_short),
      fc.integer().map(types.wrap_int),
      fc.maxSafeInteger().map(types.wrap_long),
      fc.double().map(types.wrap_double),
      fc.date({ noInvalidDate: true }).map((date) => types.wrap_timestamp(date.getTime())),
      fc.string({ maxLength: 400 }).map(types.wrap_string),
      fc.stringMatching(/^[a-z:-]{0,300}$/).map(types.wrap_symbol),
      fc.uint8Array({ maxLength: 400 }).map((bytes) => types.wrap_binary(Buffer.from(bytes))),
      fc.array(fc.string()).map((texts) => types.wrap_array(texts, 0xb1, undefined)),
      fc.array(fc.nat()).map((numbers) => types.wrap_array(numbers, 0x70, undefined)),
    ),
    fc.array(tie('value'), { maxLength: 5 }).map(types.wrap_list),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }).map((map) => types.wrap_map(map)),
    tie('value').map((value) => types.described(types.wrap_symbol('example:described'), value)),
  ),
})).value;

/** rhea's writer, which its type declarations leave out. */
interface Writer {
  write(value: Typed): void;
  toBuffer(): Buffer;
}

export function encode(value: Typed): Buffer {
  const writer = new (types as unknown as { Writer: new () => Writer }).Writer();
  writer.write(value);
  return writer.toBuffer();
}

/** Fields of a message as rhea takes them. */
export interface MessageFields {
  durable?: boolean;
  delivery_annotations?: Record<string, unknown>;
  message_annotations?: Record<string, unknown>;
  message_id?: string;
  subject?: string;
  application_properties?: Record<string, unknown>;
  footer?: Record<string, unknown>;
  body: unknown;
}

const annotations = fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), fc.oneof(fc.string(), fc.nat(), fc.boolean()));

/** Any message of a sender: every section there or not, every kind of body. */
export const messageFields: fc.Arbitrary<MessageFields> = fc.record(
  {
    durable: fc.boolean(),
    delivery_annotations: annotations,
    message_annotations: annotations,
    message_id: fc.string(),
    subject: fc.string(),
    application_properties: annotations,
    footer: annotations,
    body: fc.oneof(
      fc.uint8Array().map((bytes) => message.data_section(Buffer.from(bytes)) as unknown),
      fc
        .array(fc.uint8Array(), { minLength: 1, maxLength: 3 })
        .map((parts) => message.data_sections(parts.map((part) => Buffer.from(part))) as unknown),
      fc.array(fc.nat(), { minLength: 1 }).map((list) => message.sequence_section(list) as unknown),
      fc.oneof(fc.string(), fc.nat(), annotations),
    ),
  },
  { requiredKeys: ['body'] },
);
