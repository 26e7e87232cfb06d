import { MessagingError } from '@azure/event-hubs';
import { describe, expect, it } from 'vitest';
import { toFailure } from './eventHub.ts';

const coded = (code: string) => Object.assign(new MessagingError('why'), { code });
const ofSystem = (syscall: string) => new MessagingError('why', { syscall } as never);

describe('toFailure', () => {
  it.each([
    [coded('MessagingEntityNotFoundError'), 'NotFound', 300_000],
    [coded('MessagingEntityDisabledError'), 'Disabled', 10_000],
    [coded('UnauthorizedError'), 'Unauthorized', 300_000],
    [coded('QuotaExceededError'), 'Full', 10_000],
    [coded('ServerBusyError'), 'Busy', 30_000],
    [coded('OperationTimeoutError'), 'TimedOut', 120_000],
    [coded('toString'), 'GenericError', 10_000],
    [ofSystem('connect'), 'SocketError', 10_000],
    [ofSystem('getaddrinfo'), 'ResolutionError', 10_000],
    [new Error('why'), 'GenericError', 10_000],
  ])('%#: %s', (error, outcome, minimumDelayMs) => {
    expect(toFailure(error)).toEqual({ delivered: false, detail: 'why', outcome, minimumDelayMs });
  });
});
