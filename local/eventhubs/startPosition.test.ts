import { describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { parseStartPosition, requireExisting, type StartPosition } from './startPosition.ts';
import { logEvent, openLog } from './testing/openLog.ts';
import { temporaryFolder } from './testing/temporaryFolder.ts';

const refusal = expect.objectContaining({ condition: Condition.argumentError }) as Error;

describe('parseStartPosition', () => {
  it.each<[string | undefined, StartPosition]>([
    [undefined, { at: 'beginning' }],
    ["amqp.annotation.x-opt-offset > '-1'", { at: 'beginning' }],
    ["amqp.annotation.x-opt-offset > '@latest'", { at: 'end' }],
    ["amqp.annotation.x-opt-offset > '4096'", { at: 'offset', value: 4096, inclusive: false }],
    ["amqp.annotation.x-opt-offset >= '4096'", { at: 'offset', value: 4096, inclusive: true }],
    ["amqp.annotation.x-opt-offset>='4096'", { at: 'offset', value: 4096, inclusive: true }],
    ["amqp.annotation.x-opt-sequence-number > '-1'", { at: 'beginning' }],
    ["amqp.annotation.x-opt-sequence-number >= '7'", { at: 'sequence', value: 7, inclusive: true }],
    [
      "amqp.annotation.x-opt-enqueued-time > '1700000000000'",
      { at: 'time', value: 1_700_000_000_000, inclusive: false },
    ],
  ])('reads %s', (selector, expected) => {
    expect(parseStartPosition(selector)).toEqual(expected);
  });

  it.each([
    '',
    7,
    "amqp.annotation.x-opt-offset > ''",
    "amqp.annotation.x-opt-offset > 'abc'",
    "amqp.annotation.x-opt-offset > '1.5'",
    "amqp.annotation.x-opt-offset > '-7'",
    "amqp.annotation.x-opt-offset < '7'",
    'amqp.annotation.x-opt-offset > 7',
    "amqp.annotation.x-opt-other > '7'",
    "amqp.annotation.x-opt-offset > '7' AND 1=1",
    "amqp.annotation.x-opt-enqueued-time > '@latest'",
  ])('refuses %j', (selector) => {
    expect(() => parseStartPosition(selector)).toThrow(refusal);
  });
});

describe('requireExisting', () => {
  it('lets positions up to the end pass and refuses those behind it', async () => {
    const log = await openLog(temporaryFolder());
    for (const text of ['a', 'b', 'c']) await log.append([logEvent(text)]);
    const { lastOffset, offset } = log.end;
    const passes = (at: 'offset' | 'sequence' | 'time', value: number, inclusive: boolean) =>
      expect(() => requireExisting({ at, value, inclusive }, log), `${at} ${value} ${inclusive}`);
    passes('offset', lastOffset, false).not.toThrow();
    passes('offset', lastOffset + 1, false).toThrow(refusal);
    passes('offset', offset, true).not.toThrow();
    passes('offset', offset + 1, true).toThrow(refusal);
    passes('sequence', 2, false).not.toThrow();
    passes('sequence', 3, false).toThrow(refusal);
    passes('sequence', 3, true).not.toThrow();
    passes('sequence', 4, true).toThrow(refusal);
    passes('time', Date.now() * 2, false).not.toThrow();
    await log.close();
  });
});
