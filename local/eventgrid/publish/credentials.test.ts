import { createHmac } from 'node:crypto';
import { AzureKeyCredential, generateSharedAccessSignature } from '@azure/eventgrid';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEST_KEY } from '../testing/startService.ts';
import { authorize } from './credentials.ts';
import { PublishError } from './publishError.ts';

const NOW = Date.UTC(2025, 0, 31, 12);
const PATH = '/orders/api/events';
const ENDPOINT = `http://127.0.0.1:4000${PATH}`;
const HOUR = 3_600_000;

const check = (headers: Record<string, string>) =>
  authorize({ headers, key: TEST_KEY, url: new URL(ENDPOINT), now: NOW });
const signature = (key: string, expires: Date) =>
  generateSharedAccessSignature(ENDPOINT, new AzureKeyCredential(key), expires);

describe('authorize', () => {
  it('takes the key', () => {
    expect(() => check({ 'aeg-sas-key': TEST_KEY })).not.toThrow();
  });

  it('takes a token of the SDK, in either header', async () => {
    const token = await signature(TEST_KEY, new Date(NOW + HOUR));
    expect(() => check({ 'aeg-sas-token': token })).not.toThrow();
    expect(() => check({ authorization: `SharedAccessSignature ${token}` })).not.toThrow();
  });

  it('takes a token whose spaces were written as plus signs', () => {
    const unsigned = `r=${encodeURIComponent(ENDPOINT)}&e=1%2f31%2f2025+1%3a00%3a00+PM`;
    const digest = createHmac('sha256', Buffer.from(TEST_KEY, 'base64')).update(unsigned).digest('base64');
    expect(() => check({ 'aeg-sas-token': `${unsigned}&s=${encodeURIComponent(digest)}` })).not.toThrow();
  });

  it.each([
    ['nothing', {}, /aeg-sas-token, aeg-sas-key/],
    ['another key', { 'aeg-sas-key': 'AAAA' }, /not the key of this topic/],
    ['an empty key', { 'aeg-sas-key': '' }, /not the key of this topic/],
    ['another form', { 'aeg-sas-token': 'r=a&s=b' }, /must have the form r=/],
    ['broken encoding', { 'aeg-sas-token': 'r=%zz&e=1&s=%zz' }, /must have the form/],
    ['an unknown scheme', { authorization: 'Basic abc' }, /aeg-sas-token, aeg-sas-key/],
  ])('refuses %s', (_what, headers, message) => {
    expect(() => check(headers as Record<string, string>)).toThrow(message);
  });

  it('refuses a token of another key, an expired one and one for another topic', async () => {
    const other = await signature(Buffer.alloc(32, 8).toString('base64'), new Date(NOW + HOUR));
    expect(() => check({ 'aeg-sas-token': other })).toThrow(/not made with the key/);
    const expired = await signature(TEST_KEY, new Date(NOW - HOUR));
    expect(() => check({ 'aeg-sas-token': expired })).toThrow(/expired at 1\/31\/2025 11:00:00 AM/);
    const fresh = await signature(TEST_KEY, new Date(NOW + HOUR));
    const url = new URL('http://127.0.0.1:4000/other/api/events');
    const elsewhere = { headers: { 'aeg-sas-token': fresh }, key: TEST_KEY, url, now: NOW };
    expect(() => authorize(elsewhere)).toThrow(/not for this topic/);
  });

  it('refuses a token with any one character changed, always with 401', async () => {
    const token = await signature(TEST_KEY, new Date(NOW + HOUR));
    const position = fc.integer({ min: 0, max: token.length - 1 });
    fc.assert(
      fc.property(position, fc.constantFrom('A', '%', '&', '=', '+'), (index, replacement) => {
        fc.pre(token[index] !== replacement);
        const changed = token.slice(0, index) + replacement + token.slice(index + 1);
        try {
          check({ 'aeg-sas-token': changed });
        } catch (error) {
          return error instanceof PublishError && error.status === 401;
        }
        return false;
      }),
    );
  });
});
