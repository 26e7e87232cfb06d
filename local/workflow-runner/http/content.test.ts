import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../json.ts';
import { bodyFromContent, contentFromBody } from './content.ts';

const there = (body: Json) => {
  const { bytes, contentType } = contentFromBody(body)!;
  return bodyFromContent(bytes, contentType);
};

describe('a body', () => {
  it('comes back from the wire as it was, whatever JSON it is', () => {
    const body = fc.jsonValue().filter((value) => value !== null && value !== '') as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(body, (value) => {
        expect(there(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    ['nothing', null],
    ['an empty text', ''],
  ])('of %s is none', (_what, body) => {
    const content = contentFromBody(body);
    expect(bodyFromContent(content?.bytes ?? Buffer.alloc(0), content?.contentType)).toBeUndefined();
  });

  it('that is a form has its entries, decoded', () => {
    const bytes = Buffer.from('a=1&b=2+3&b=%C3%A4');
    const body = bodyFromContent(bytes, 'application/x-www-form-urlencoded') as JsonObject;
    expect(body).toEqual({
      '$content-type': 'application/x-www-form-urlencoded',
      $content: bytes.toString('base64'),
      $formdata: [
        { key: 'a', value: '1' },
        { key: 'b', value: '2 3' },
        { key: 'b', value: 'ä' },
      ],
    });
    expect(contentFromBody({ $formdata: body.$formdata! })?.bytes.toString()).toBe('a=1&b=2+3&b=%C3%A4');
  });

  it('that a browser sends in parts has these parts', async () => {
    const form = new FormData();
    form.append('text', 'line\r\nbreak');
    form.append('file', new Blob(['{"n":1}'], { type: 'application/json' }), 'n.json');
    const request = new Response(form);
    const bytes = Buffer.from(await request.clone().arrayBuffer());
    const body = bodyFromContent(bytes, request.headers.get('content-type')!) as JsonObject;
    expect(body.$multipart).toMatchObject([
      { headers: { 'Content-Disposition': 'form-data; name="text"' }, body: 'line\r\nbreak' },
      { headers: { 'Content-Type': 'application/json' }, body: { n: 1 } },
    ]);
  });

  it('written in parts is read by others', async () => {
    const part = (name: string) => ({ 'Content-Disposition': `form-data; name="${name}"` });
    const content = contentFromBody({
      '$content-type': 'multipart/form-data',
      $multipart: [
        { headers: part('a'), body: 'text' },
        { headers: part('b'), body: { n: [1] } },
      ],
    })!;
    const response = new Response(new Uint8Array(content.bytes), { headers: { 'content-type': content.contentType } });
    const form = await response.formData();
    expect(form.get('a')).toBe('text');
    expect(form.get('b')).toBe('{"n":[1]}');
  });

  it('of a multipart type without parts or boundary has none', () => {
    expect(bodyFromContent(Buffer.from('x'), 'multipart/mixed')).toMatchObject({ $multipart: [] });
    expect(bodyFromContent(Buffer.from('--b\r\nno end'), 'multipart/mixed; boundary=b')).toMatchObject({
      $multipart: [{ headers: {}, body: '' }],
    });
  });
});
