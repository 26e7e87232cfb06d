import { AmqpError, Condition, refusalOf } from './amqp/conditions.ts';
import { IdempotentProducers } from './idempotence.ts';
import { PartitionLog, type PartitionLogOptions } from './log/partitionLog.ts';
import { CorruptLogError } from './log/segment.ts';
import { Readers } from './readers.ts';

/** State of a partition for `describe`; sequence numbers and offsets are -1 while there is no event. */
export interface PartitionDescription {
  id: string;
  beginSequence: number;
  lastSequence: number;
  lastOffset: number;
  bytes: number;
  readers: number;
  /** Events stored and delivered since the start of the broker. */
  eventsIn: number;
  eventsOut: number;
  /** Why it cannot be used. */
  damage?: string;
}

/** What a failure to read or write a log means for a client; the names of damaged files are passed on. */
export function logRefusal(error: unknown): AmqpError {
  if (error instanceof CorruptLogError) {
    console.error(error.message);
    return new AmqpError(Condition.internalError, error.message);
  }
  if (error instanceof Error && 'syscall' in error) {
    const what = `The broker's disk failed: ${error.message}.`;
    console.error(what);
    return new AmqpError(Condition.internalError, what);
  }
  return refusalOf(error);
}

/** One partition of a hub: its log and who is attached to it. A damaged log is refused; the other partitions work. */
export class Partition {
  readonly id: number;
  readonly readers = new Readers();
  eventsIn = 0;
  eventsOut = 0;
  readonly #opened: { log: PartitionLog; producers: IdempotentProducers } | { damage: CorruptLogError };

  private constructor(id: number, opened: PartitionLog | CorruptLogError) {
    this.id = id;
    this.#opened =
      opened instanceof PartitionLog
        ? { log: opened, producers: new IdempotentProducers(opened.producers) }
        : { damage: opened };
  }

  static async open(id: number, options: PartitionLogOptions): Promise<Partition> {
    try {
      const log = await PartitionLog.open(options);
      if (log.tornBytes > 0) {
        console.log(`${options.directory}: cut off ${log.tornBytes} bytes behind the last intact event`);
      }
      return new Partition(id, log);
    } catch (error) {
      if (!(error instanceof CorruptLogError)) throw error;
      console.error(error.message);
      return new Partition(id, error);
    }
  }

  /** @throws {AmqpError} `amqp:internal-error` with the name of the damaged file */
  get log(): PartitionLog {
    return this.#usable().log;
  }

  get producers(): IdempotentProducers {
    return this.#usable().producers;
  }

  /** The log, or undefined when it is damaged. */
  get intactLog(): PartitionLog | undefined {
    return 'log' in this.#opened ? this.#opened.log : undefined;
  }

  describe(): PartitionDescription {
    const { intactLog: log, readers, eventsIn, eventsOut } = this;
    const common = { id: String(this.id), readers: readers.count, eventsIn, eventsOut };
    if (!log) {
      const damage = 'damage' in this.#opened ? this.#opened.damage.message : undefined;
      return { ...common, beginSequence: -1, lastSequence: -1, lastOffset: -1, bytes: 0, damage };
    }
    const { begin, end, bytes } = log;
    const positions = { beginSequence: begin.sequence, lastSequence: end.lastSequence, lastOffset: end.lastOffset };
    return { ...common, ...positions, bytes };
  }

  #usable(): { log: PartitionLog; producers: IdempotentProducers } {
    if ('log' in this.#opened) return this.#opened;
    throw new AmqpError(Condition.internalError, this.#opened.damage.message);
  }
}
