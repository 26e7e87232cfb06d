import { describe, expect, it } from 'vitest';
import { allowedRate } from './handshake.ts';
import { noAnswer } from './webhook.ts';

/** What `fetch` throws when it could not connect. */
const fetchFailed = (code: string, message: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });

describe('noAnswer', () => {
  it.each([
    [fetchFailed('ENOTFOUND', 'getaddrinfo ENOTFOUND nowhere'), 'ResolutionError', 'getaddrinfo ENOTFOUND nowhere'],
    [fetchFailed('EAI_AGAIN', 'getaddrinfo EAI_AGAIN nowhere'), 'ResolutionError', 'getaddrinfo EAI_AGAIN nowhere'],
    [fetchFailed('ECONNREFUSED', ''), 'SocketError', 'ECONNREFUSED'],
    [fetchFailed('UND_ERR_SOCKET', 'other side closed'), 'SocketError', 'other side closed'],
    [new TypeError('terminated'), 'SocketError', 'terminated'],
    [new DOMException('late', 'TimeoutError'), 'TimedOut', 'no answer within 50 ms'],
  ])('%s', (error, outcome, detail) => {
    expect(noAnswer(error, 50)).toMatchObject({ delivered: false, outcome, detail });
  });
});

describe('allowedRate', () => {
  it.each([
    ['120', 120],
    ['*', undefined],
    [null, undefined],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['many', undefined],
  ])('of %s is %s', (header, rate) => {
    expect(allowedRate(header)).toBe(rate);
  });
});
