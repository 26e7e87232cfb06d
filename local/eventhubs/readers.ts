import { AmqpError, Condition } from './amqp/conditions.ts';

/** Azure's limit of receivers without an epoch on one partition and consumer group. */
const MAX_READERS_WITHOUT_EPOCH = 5;

/** A receiver that wants a partition: with an epoch (owner level) it wants it for itself. */
export interface Reader {
  name: string;
  epoch: number | undefined;
  /** Ends the receiver because another one took its place. */
  disconnect(error: AmqpError): void;
}

/** Who reads one partition in which consumer group, by the epoch rules of Event Hubs. */
export class Readers {
  readonly #groups = new Map<string, Set<Reader>>();

  /** Number of readers of all groups. */
  get count(): number {
    let count = 0;
    for (const readers of this.#groups.values()) count += readers.size;
    return count;
  }

  /**
   * Lets a reader in, at the cost of those with a lower or the same epoch; returns the function that lets it out again.
   * @throws {AmqpError} `amqp:link:stolen` when one with a higher epoch, or for a reader without any epoch one with an
   *   epoch, is there; `amqp:resource-limit-exceeded` when there are too many without an epoch.
   */
  enter(group: string, reader: Reader): () => void {
    const readers = this.#groups.get(group) ?? new Set<Reader>();
    this.#groups.set(group, readers);
    const owner = [...readers].find(({ epoch }) => epoch !== undefined);
    if (reader.epoch === undefined) refuseWithoutEpoch(readers, owner);
    else if (owner?.epoch !== undefined && owner.epoch > reader.epoch) throw lowerEpoch(reader.epoch, owner.epoch);

    if (reader.epoch !== undefined) {
      const reason = `New receiver '${reader.name}' with epoch '${reader.epoch}' is created hence the current receiver`;
      for (const other of readers) {
        readers.delete(other);
        const whose = `'${other.name}' ${other.epoch === undefined ? 'without epoch' : `with epoch '${other.epoch}'`}`;
        other.disconnect(new AmqpError(Condition.stolen, `${reason} ${whose} is getting disconnected.`));
      }
    }
    readers.add(reader);
    return () => readers.delete(reader);
  }

  /** Ends all readers of a group, or of every group. */
  disconnect(error: AmqpError, group?: string): void {
    for (const [name, readers] of this.#groups) {
      if (group !== undefined && name !== group) continue;
      for (const reader of readers) reader.disconnect(error);
      readers.clear();
    }
  }
}

function refuseWithoutEpoch(readers: ReadonlySet<Reader>, owner: Reader | undefined): void {
  if (owner) {
    const what = `A receiver with epoch '${owner.epoch}' exists, so a receiver without epoch cannot be created.`;
    throw new AmqpError(Condition.stolen, what);
  }
  if (readers.size < MAX_READERS_WITHOUT_EPOCH) return;
  const limit = `the maximum number of allowed receivers per partition in a consumer group which is ${MAX_READERS_WITHOUT_EPOCH}`;
  throw new AmqpError(Condition.resourceLimitExceeded, `Exceeded ${limit}.`);
}

function lowerEpoch(epoch: number, existing: number): AmqpError {
  const what = `A receiver with a higher epoch '${existing}' already exists. A new receiver with epoch ${epoch} cannot be created.`;
  return new AmqpError(Condition.stolen, what);
}
