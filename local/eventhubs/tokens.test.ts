import { describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { sasToken } from './testing/sasToken.ts';
import { SAS_TOKEN_TYPE, sasVerifier } from './tokens.ts';

const accessKey = { name: 'key', key: 'c2VjcmV0' };
const NOW = 1_700_000_000_000;
const expiry = NOW / 1_000 + 60;
const verify = sasVerifier(accessKey, () => NOW);
const token = sasToken({ resource: 'sb://host/Hub', expiry, accessKey });

describe('sasVerifier', () => {
  it('takes a valid signature for its resource until it expires', () => {
    expect(verify(token, SAS_TOKEN_TYPE)).toEqual({ path: 'Hub', expiresAt: expiry * 1_000 });
    expect(verify(sasToken({ resource: 'sb://host/', expiry, accessKey }), SAS_TOKEN_TYPE).path).toBe('');
  });

  it('takes the encodings of other clients: lower case, fields in another order', () => {
    const reordered = `SharedAccessSignature ${token.split(' ')[1].split('&').reverse().join('&')}`;
    expect(verify(reordered, SAS_TOKEN_TYPE).path).toBe('Hub');
  });

  it.each([
    ['another resource', token.replace('Hub', 'Hut')],
    ['another expiry', token.replace(String(expiry), String(expiry + 1))],
    ['another key', sasToken({ resource: 'sb://host/Hub', expiry, accessKey: { name: 'key', key: 'other' } })],
    ['another key name', token.replace('skn=key', 'skn=other')],
    ['an expiry that has passed', sasToken({ resource: 'sb://host/Hub', expiry: NOW / 1_000, accessKey })],
    ['a part missing', token.replace(/&sig=[^&]*/, '')],
    ['an expiry that is no number', token.replace(/se=\d+/, 'se=soon')],
    ['broken encoding', token.replace(/sig=/, 'sig=%')],
    ['nothing', ''],
    ['another scheme', token.replace('SharedAccessSignature', 'Bearer')],
  ])('refuses a token with %s', (_, bad) => {
    expect(() => verify(bad, SAS_TOKEN_TYPE)).toThrow(expect.objectContaining({ condition: Condition.unauthorized }));
  });

  it('refuses tokens of another type', () => {
    expect(() => verify(token, 'jwt')).toThrow(expect.objectContaining({ condition: Condition.unauthorized }));
  });
});
