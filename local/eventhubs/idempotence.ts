import { isInt } from './amqp/annotations.ts';
import { AmqpError, Condition } from './amqp/conditions.ts';
import type { Fields } from './amqp/rheaInternals.ts';
import type { ProducerState, ProducerStates } from './log/producerStates.ts';
import type { LogEvent } from './log/record.ts';

export const IDEMPOTENT_PRODUCER = 'com.microsoft:idempotent-producer';
export const PRODUCER_PROPERTY = {
  id: 'com.microsoft:producer-id',
  epoch: 'com.microsoft:producer-epoch',
  sequence: 'com.microsoft:producer-sequence-number',
} as const;

/** An idempotent producer's place in a partition, as its link is told it. */
export interface ProducerIdentity extends ProducerState {
  id: number;
}

let lastId = 0;

/** Producer ids must never come back, also not after a restart, so they are taken from the clock (microseconds). */
function newId(): number {
  lastId = Math.max(lastId + 1, Date.now() * 1_000);
  return lastId;
}

/**
 * The idempotent producers of one partition: each event of a producer carries a number one above that of the event
 * before, so a batch that was stored already is recognised and a gap is refused.
 */
export class IdempotentProducers {
  readonly #states: ProducerStates;

  constructor(states: ProducerStates) {
    this.#states = states;
  }

  /**
   * Lets a producer in by the properties of its link and gives out what they leave open; from then on sends of a lower
   * epoch with the same id are refused. The producer's own word on its last number counts: it may not know that a batch
   * arrived.
   * @throws {AmqpError} `com.microsoft:producer-epoch-stolen` when a higher epoch is known.
   */
  attach(properties: Fields): ProducerIdentity {
    const id = integer(properties, PRODUCER_PROPERTY.id, 54) ?? newId();
    const known = this.#states.get(id);
    const epoch = integer(properties, PRODUCER_PROPERTY.epoch, 16) ?? (known ? known.epoch + 1 : 0);
    const sequence = integer(properties, PRODUCER_PROPERTY.sequence, 32) ?? known?.sequence ?? 0;
    if (known && epoch < known.epoch) throw stolen(id, epoch, known.epoch);
    if (!known || epoch > known.epoch) this.#states.set(id, { epoch, sequence });
    return { id, epoch, sequence };
  }

  /**
   * Whether the events of a producer are new; false when all of them are stored already. New ones are taken as stored:
   * `restore` undoes that when they could not be written.
   * @throws {AmqpError} when the producer's epoch has passed or a number is not the one that is due.
   */
  admit(producer: ProducerIdentity, events: readonly LogEvent[]): boolean {
    const known = this.#states.get(producer.id) ?? producer;
    if (producer.epoch < known.epoch) throw stolen(producer.id, producer.epoch, known.epoch);
    const first = events[0].producer?.sequence ?? NaN;
    for (const [index, { producer: stamp }] of events.entries()) {
      if (stamp?.id !== producer.id || stamp.sequence !== first + index) throw outOfOrder(known, stamp?.sequence);
    }
    const last = first + events.length - 1;
    if (last <= known.sequence) return false;
    if (first !== known.sequence + 1) throw outOfOrder(known, first);
    this.#states.set(producer.id, { epoch: known.epoch, sequence: last });
    return true;
  }

  /** @throws {AmqpError} when events that were taken as stored turned out not to be written; the sender tries again. */
  requireStored(producer: ProducerIdentity, events: readonly LogEvent[]): void {
    const stored = this.#states.get(producer.id)?.sequence ?? 0;
    if ((events.at(-1)?.producer?.sequence ?? 0) <= stored) return;
    throw new AmqpError(Condition.internalError, 'The events could not be written.');
  }

  /** Goes back to the number before events that could not be written; those behind them were not written either. */
  restore(producer: ProducerIdentity, events: readonly LogEvent[]): void {
    const { epoch, sequence } = this.#states.get(producer.id) ?? producer;
    const before = (events[0].producer?.sequence ?? 1) - 1;
    this.#states.set(producer.id, { epoch, sequence: Math.min(sequence, before) });
  }
}

function integer(properties: Fields, name: string, bits: number): number | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (isInt(value, bits)) return value as number;
  throw new AmqpError(
    Condition.argumentError,
    `The link property ${name} must be an integer from 0 to ${2 ** (bits - 1) - 1}.`,
  );
}

function stolen(id: number, epoch: number, newer: number): AmqpError {
  const what = `The producer ${id} with epoch ${epoch} has lost its place: one with the higher epoch ${newer} exists.`;
  return new AmqpError(Condition.producerEpochStolen, what);
}

function outOfOrder(known: ProducerState, sequence: number | undefined): AmqpError {
  const found = sequence === undefined || Number.isNaN(sequence) ? 'is missing' : `is ${sequence}`;
  const what = `The producer sequence number ${found}, but ${known.sequence + 1} is due.`;
  return new AmqpError(Condition.outOfOrderSequence, what);
}
