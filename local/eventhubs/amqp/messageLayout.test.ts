import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { messageFields } from '../testing/amqpValues.ts';
import { AmqpError } from './conditions.ts';
import { emptyLayout, readLeadingSections, readMessage } from './messageLayout.ts';

const { encode, decode, data_section } = rhea.message;

describe('readMessage', () => {
  it('finds header, annotations and the rest of any message', () => {
    fc.assert(
      fc.property(messageFields, (fields) => {
        const encoded = encode(fields);
        const layout = emptyLayout();
        readMessage(encoded, 0, encoded.length, layout);
        expect(layout.annotations >= 0).toBe('message_annotations' in fields);

        const { message_annotations, delivery_annotations, durable, ...rest } = decode(
          Buffer.concat([encoded.subarray(0, layout.headerEnd), encoded.subarray(layout.rest)]),
        );
        expect(message_annotations).toBeUndefined();
        expect(delivery_annotations).toBeUndefined();
        expect(durable).toBe(fields.durable);
        const expected = decode(encoded);
        for (const leading of ['message_annotations', 'delivery_annotations', 'durable']) delete expected[leading];
        expect(rest).toEqual({ ...expected });
      }),
    );
  });

  it('takes sections with symbolic and with long descriptors', () => {
    const header = Buffer.concat([symbolic('amqp:header:list'), Buffer.from([0x45])]);
    const annotations = Buffer.from('00800000000000000072c10100', 'hex');
    const data = Buffer.concat([symbolic('amqp:data:binary'), Buffer.from('a0026869', 'hex')]);
    const message = Buffer.concat([header, annotations, data]);
    const layout = emptyLayout();
    readMessage(message, 0, message.length, layout);
    expect(layout).toEqual({
      headerEnd: header.length,
      annotations: header.length + 10,
      rest: header.length + annotations.length,
    });
  });

  const data = encode({ body: data_section(Buffer.from('x')) });
  const body = data.subarray(-6);
  const headerList = Buffer.from('00537045', 'hex');
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a message without body', headerList],
    ['bytes that are no section', Buffer.from('hello')],
    ['an unknown section', Buffer.from('00537945', 'hex')],
    ['a header behind the body', Buffer.concat([body, headerList])],
    ['two headers', Buffer.concat([headerList, headerList, body])],
    ['annotations that are a list', Buffer.concat([Buffer.from('00537245', 'hex'), body])],
    ['a data section that is a string', Buffer.from('005375a10161', 'hex')],
    ['two values', Buffer.from('005377400053774000', 'hex')],
    ['data and a value', Buffer.concat([body, Buffer.from('00537740', 'hex')])],
  ])('refuses %s', (_, message) => {
    expect(() => readMessage(message, 0, message.length, emptyLayout())).toThrow(AmqpError);
  });

  it('reads the leading sections alone to the same result', () => {
    fc.assert(
      fc.property(messageFields, (fields) => {
        const encoded = encode(fields);
        const whole = emptyLayout();
        const leading = emptyLayout();
        readMessage(encoded, 0, encoded.length, whole);
        readLeadingSections(encoded, 0, encoded.length, leading);
        expect(leading).toEqual(whole);
      }),
    );
  });
});

function symbolic(descriptor: string): Buffer {
  return Buffer.concat([Buffer.from([0x00, 0xa3, descriptor.length]), Buffer.from(descriptor)]);
}
