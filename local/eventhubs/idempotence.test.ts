import { describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { IdempotentProducers, PRODUCER_PROPERTY } from './idempotence.ts';
import { ProducerStates } from './log/producerStates.ts';
import { logEvent } from './testing/openLog.ts';

const ID = 77;

function properties(epoch?: number | null, sequence?: number | null) {
  return { [PRODUCER_PROPERTY.id]: ID, [PRODUCER_PROPERTY.epoch]: epoch, [PRODUCER_PROPERTY.sequence]: sequence };
}

const events = (...sequences: number[]) =>
  sequences.map((sequence) => logEvent('x', { producer: { id: ID, epoch: 0, sequence } }));

const refusal = (condition: Condition) => expect.objectContaining({ condition }) as Error;

describe('IdempotentProducers', () => {
  it('takes what comes next, recognises what it has, refuses gaps and overlaps', () => {
    const producers = new IdempotentProducers(new ProducerStates());
    const producer = producers.attach(properties(0, 10));
    expect(producers.admit(producer, events(11, 12))).toBe(true);
    expect(producers.admit(producer, events(11, 12))).toBe(false);
    expect(producers.admit(producer, events(5))).toBe(false);
    for (const sequences of [[14], [12, 13], [13, 15]]) {
      expect(() => producers.admit(producer, events(...sequences))).toThrow(refusal(Condition.outOfOrderSequence));
    }
    expect(() => producers.admit(producer, [logEvent('unstamped')])).toThrow(refusal(Condition.outOfOrderSequence));
    expect(producers.admit(producer, events(13))).toBe(true);
  });

  it('goes back behind everything that was not written, in whatever order it hears of it', () => {
    const producers = new IdempotentProducers(new ProducerStates());
    const producer = producers.attach(properties(0, 0));
    const [first, second] = [events(1, 2), events(3)];
    producers.admit(producer, first);
    producers.admit(producer, second);
    producers.restore(producer, first);
    producers.restore(producer, second);
    expect(() => producers.requireStored(producer, second)).toThrow(refusal(Condition.internalError));
    expect(producers.admit(producer, first)).toBe(true);
  });

  it('gives out what a producer leaves open and keeps to its own word on the last number', () => {
    const producers = new IdempotentProducers(new ProducerStates());
    expect(producers.attach({})).toMatchObject({ epoch: 0, sequence: 0 });
    expect(producers.attach({}).id).not.toBe(producers.attach({}).id);
    const first = producers.attach(properties(3, 0));
    producers.admit(first, events(1, 2));
    expect(producers.attach(properties(3, 1))).toMatchObject({ id: ID, epoch: 3, sequence: 1 });
    expect(producers.attach(properties(null, null))).toMatchObject({ id: ID, epoch: 4, sequence: 2 });
    expect(() => producers.attach(properties(3, 2))).toThrow(refusal(Condition.producerEpochStolen));
    expect(() => producers.admit(first, events(3))).toThrow(refusal(Condition.producerEpochStolen));
  });

  it.each([
    [40_000, 0],
    [-1, 0],
    [0, 2 ** 31],
    [0.5, 0],
  ])('refuses the epoch %d with the number %d', (epoch, sequence) => {
    const producers = new IdempotentProducers(new ProducerStates());
    expect(() => producers.attach(properties(epoch, sequence))).toThrow(refusal(Condition.argumentError));
  });
});
