import { AmqpError, Condition } from './amqp/conditions.ts';
import { EventEncoder, type PartitionEnd } from './amqp/eventEncoder.ts';
import type { OutgoingLink } from './amqp/outgoingLink.ts';
import type { Hub } from './hub.ts';
import { RecordCursor } from './log/record.ts';
import { READ_BUFFERS, type PartitionLog } from './log/partitionLog.ts';
import { logRefusal, type Partition } from './partition.ts';
import {
  parseStartPosition,
  requireExisting,
  resolveStart,
  SELECTOR_FILTER,
  type StartPosition,
} from './startPosition.ts';
import type { ThroughputUnits } from './throughputUnits.ts';

const RUNTIME_METRIC = 'com.microsoft:enable-receiver-runtime-metric';
const RECEIVER_NAME = 'com.microsoft:receiver-name';
const EPOCH = 'com.microsoft:epoch';

const EMPTY = Buffer.alloc(0);
/** Sent in one go before other links have their turn. */
const TURN_BYTES = 512 * 1024;

interface ConsumerOptions {
  link: OutgoingLink;
  partition: Partition;
  start: StartPosition;
  throughput: ThroughputUnits | undefined;
}

/**
 * Delivers the events of a partition to one receiver, as fast as its credit, window and socket allow: out of the cache
 * of newest events, or from disk when the receiver is behind. Holds no more than one slice of the log.
 */
class Consumer {
  readonly #link: OutgoingLink;
  readonly #partition: Partition;
  readonly #log: PartitionLog;
  readonly #withMetric: boolean;
  readonly #throughput: ThroughputUnits | undefined;
  readonly #encoder = new EventEncoder();
  readonly #cursor = new RecordCursor();
  readonly #unsubscribe: () => void;
  /** What the cursor reads from; given back while there is nothing to read. */
  #buffer: Buffer | undefined;
  /** `reading` covers every wait for the disk; commits and credit wake the pump only when it is `idle`. */
  #state: 'reading' | 'idle' | 'scheduled' | 'closed' = 'reading';

  constructor({ link, partition, start, throughput }: ConsumerOptions) {
    this.#link = link;
    this.#partition = partition;
    this.#log = partition.log;
    this.#withMetric = link.desires(RUNTIME_METRIC);
    this.#throughput = throughput;
    this.#unsubscribe = this.#log.onCommit(() => this.#wake());
    link.onReady = () => this.#wake();
    // The end of the log is taken now: what is sent after the attach is delivered.
    void this.#begin(start.at === 'end' ? Promise.resolve(this.#log.end.offset) : resolveStart(start, this.#log));
  }

  close(): void {
    this.#unsubscribe();
    // A read that is under way still writes into the buffer.
    if (this.#state !== 'reading') this.#giveBack();
    this.#state = 'closed';
  }

  async #begin(position: Promise<number>): Promise<void> {
    try {
      const offset = await position;
      this.#cursor.open({ buffer: EMPTY, start: 0, end: 0, offset });
      this.#continue();
    } catch (error) {
      this.#fail(error);
    }
  }

  #wake(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    setImmediate(() => this.#pump());
  }

  #continue(): void {
    if (this.#state === 'closed') return this.#giveBack();
    this.#state = 'idle';
    this.#wake();
  }

  /** What fails after the link has ended, because its hub was deleted say, concerns nobody. */
  #fail(error: unknown): void {
    if (this.#state !== 'closed') this.#link.close(logRefusal(error));
  }

  #pump(): void {
    if (this.#state === 'closed') return;
    this.#state = 'idle';
    let budget = TURN_BYTES;
    while (this.#link.ready) {
      if (budget <= 0) {
        this.#wake();
        return;
      }
      if (this.#throttled()) return;
      if (!this.#cursor.next()) {
        if (this.#nextSlice()) continue;
        return;
      }
      const size = this.#encoder.measure(this.#cursor, this.#withMetric ? this.#partitionEnd() : undefined);
      this.#link.send(size, this.#encoder);
      this.#throughput?.delivered(size);
      this.#partition.eventsOut += 1;
      budget -= size;
    }
  }

  /** Whether the namespace has delivered what its throughput units allow; the pump goes on when there is room again. */
  #throttled(): boolean {
    const wait = this.#throughput?.egressWaitMs() ?? 0;
    if (wait === 0) return false;
    this.#state = 'scheduled';
    setTimeout(() => this.#pump(), wait).unref();
    return true;
  }

  /** Whether the next records are at hand; else they come from disk, or there are none yet. */
  #nextSlice(): boolean {
    const position = this.#cursor.nextOffset;
    if (position >= this.#log.end.offset) {
      this.#giveBack();
      this.#link.exhausted();
      return false;
    }
    this.#buffer ??= READ_BUFFERS.take();
    const cached = this.#log.readCached(position, this.#buffer);
    if (cached) this.#cursor.open(cached);
    else void this.#readFromDisk(position, this.#buffer);
    return cached !== undefined;
  }

  async #readFromDisk(position: number, buffer: Buffer): Promise<void> {
    this.#state = 'reading';
    try {
      this.#cursor.open(await this.#log.read(position, buffer));
      this.#continue();
    } catch (error) {
      this.#fail(error);
    }
  }

  #giveBack(): void {
    if (this.#buffer) READ_BUFFERS.give(this.#buffer);
    this.#buffer = undefined;
  }

  #partitionEnd(): PartitionEnd {
    const { lastSequence, lastOffset, lastTime } = this.#log.end;
    return { sequence: lastSequence, offset: lastOffset, time: lastTime };
  }
}

export interface AttachConsumerOptions {
  link: OutgoingLink;
  hub: Hub;
  group: string;
  partition: number;
  throughput: ThroughputUnits | undefined;
}

/**
 * Answers a link that wants to receive from a partition; returns what to do when it has ended.
 * @throws {AmqpError} the reason to refuse it
 */
export function attachConsumer({ link, hub, group, partition: id, throughput }: AttachConsumerOptions): () => void {
  const groupKey = hub.group(group);
  const partition = hub.partition(id);
  const start = parseStartPosition(link.filters.get(SELECTOR_FILTER));
  requireExisting(start, partition.log);
  const name = String(link.properties[RECEIVER_NAME] ?? link.name);
  const epoch = readEpoch(link.properties[EPOCH]);
  const leave = partition.readers.enter(groupKey, { name, epoch, disconnect: (error) => link.close(error) });
  link.accept(link.desires(RUNTIME_METRIC) ? { offered_capabilities: RUNTIME_METRIC } : {});
  const consumer = new Consumer({ link, partition, start, throughput });
  return () => {
    leave();
    consumer.close();
  };
}

function readEpoch(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new AmqpError(
    Condition.argumentError,
    `The link property ${EPOCH} must be a whole number that is not negative.`,
  );
}
