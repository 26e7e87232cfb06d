import { describe, expect, it } from 'vitest';
import { hubBatch } from './hubBatch.ts';

const messages = [Buffer.from('a'), Buffer.from('b')];
const metadata = {
  partitionContext: { eventHubName: 'interactions', partitionId: '3' },
  sequenceNumberArray: [7, 8],
  offsetArray: ['700', '800'],
  enqueuedTimeUtcArray: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'],
};
const TIME = Date.UTC(2026, 0, 1);

describe('hubBatch', () => {
  const expected = {
    hub: 'interactions',
    partition: '3',
    events: [
      { body: messages[0], sequence: 7, offset: '700', enqueuedAt: TIME },
      { body: messages[1], sequence: 8, offset: '800', enqueuedAt: TIME + 1000 },
    ],
  };

  it('joins the bodies with what the trigger tells of each', () => {
    expect(hubBatch(messages, { triggerMetadata: metadata })).toEqual(expected);
  });

  it('takes numbers as texts and texts as numbers', () => {
    const other = {
      ...metadata,
      partitionContext: { eventHubName: 'interactions', partitionId: 3 },
      sequenceNumberArray: ['7', '8'],
      offsetArray: [700, 800],
    };
    expect(hubBatch(messages, { triggerMetadata: other })).toEqual(expected);
  });

  it.each([
    [{}, 'did not say which hub and partition'],
    [{ ...metadata, sequenceNumberArray: [7] }, 'gave event 1 of the batch no sequence number or no enqueued time'],
    [{ ...metadata, enqueuedTimeUtcArray: ['soon', 'later'] }, 'gave event 0 of the batch no sequence number'],
  ])('refuses %j', (triggerMetadata, message) => {
    expect(() => hubBatch(messages, { triggerMetadata })).toThrow(message);
  });
});
