import { describe, expect, it } from 'vitest';
import { describeError } from './log.ts';

describe('describeError', () => {
  it('gives the message, and that of the cause', () => {
    expect(describeError(new Error('not stored'))).toBe('not stored');
    expect(describeError(new Error('not stored', { cause: new Error('disk full') }))).toBe('not stored (disk full)');
    expect(describeError('a text')).toBe('a text');
  });

  it('says something of errors without a message', () => {
    const refused = new AggregateError([
      new Error('connect ECONNREFUSED ::1:1'),
      new Error('connect ECONNREFUSED 127.0.0.1:1'),
    ]);
    expect(describeError(refused)).toBe('connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1');
    expect(describeError(Object.assign(new Error(), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
    expect(describeError(new TypeError('', { cause: new AggregateError([]) }))).toBe('TypeError (AggregateError)');
  });
});
