import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { partitionOf } from '../../runtime/contracts/partitionKey.ts';
import { AmqpError, Condition, entityNotFound } from './amqp/conditions.ts';
import type { CaptureSettings } from './capture/captureSettings.ts';
import { HubCapture } from './capture/hubCapture.ts';
import type { HubDeclaration } from './declarations.ts';
import type { PartitionLogOptions } from './log/partitionLog.ts';
import type { TailCache } from './log/tailCache.ts';
import { Partition, type PartitionDescription } from './partition.ts';

/** Exists in every hub and cannot be deleted. */
export const DEFAULT_GROUP = '$Default';

/** How the partitions of all hubs are stored. */
export interface Storage {
  directory: string;
  cache: TailCache;
  log: Pick<PartitionLogOptions, 'durability' | 'segmentBytes' | 'now'>;
}

export interface HubDescription extends Omit<HubDeclaration, 'id' | 'capture'> {
  partitions: PartitionDescription[];
}

/** A declared event hub with its open partitions. */
export class Hub {
  declaration: HubDeclaration;
  readonly directory: string;
  readonly partitions: readonly Partition[];
  #capture: HubCapture | undefined;
  readonly #publishers = new Set<(error: AmqpError) => void>();
  /** Partitions that take events without a key in turn: damaged ones do not, unless all are. */
  readonly #turns: readonly Partition[];
  #next = 0;

  private constructor(declaration: HubDeclaration, directory: string, partitions: Partition[]) {
    this.declaration = declaration;
    this.directory = directory;
    this.partitions = partitions;
    const intact = partitions.filter(({ intactLog }) => intactLog);
    this.#turns = intact.length > 0 ? intact : partitions;
  }

  static async open(declaration: HubDeclaration, { directory, cache, log }: Storage): Promise<Hub> {
    const home = join(directory, declaration.id);
    const ids = Array.from({ length: declaration.partitionCount }, (_, id) => id);
    const open = (id: number) =>
      Partition.open(id, { ...log, directory: join(home, String(id)), tail: cache.partition() });
    const hub = new Hub(declaration, home, await Promise.all(ids.map(open)));
    if (declaration.capture) hub.#capture = await HubCapture.start(hub, declaration.capture);
    return hub;
  }

  /** @throws {AmqpError} `com.microsoft:argument-out-of-range` */
  partition(id: number): Partition {
    const partition = this.partitions[id];
    if (partition) return partition;
    const range = `It should be between 0 and ${this.partitions.length - 1}.`;
    const what = `The specified partition '${id}' is invalid for the event hub '${this.declaration.name}'. ${range}`;
    throw new AmqpError(Condition.argumentOutOfRange, what);
  }

  /** Partition of events with this key; without a key the partitions take turns. */
  route(partitionKey: Buffer | undefined): Partition {
    if (partitionKey) return this.partitions[partitionOf(partitionKey.toString('utf8'), this.partitions.length)];
    this.#next = (this.#next + 1) % this.#turns.length;
    return this.#turns[this.#next];
  }

  /**
   * The name of a consumer group in the form that readers are registered under.
   * @throws {AmqpError} `amqp:not-found`
   */
  group(name: string): string {
    const key = name.toLowerCase();
    if (key === DEFAULT_GROUP.toLowerCase()) return key;
    if (this.declaration.consumerGroups.some((group) => group.toLowerCase() === key)) return key;
    throw entityNotFound(`${this.declaration.name}/ConsumerGroups/${name}`);
  }

  /** Captures its events from now on, in another way, or no longer. */
  async setCapture(capture: CaptureSettings | undefined): Promise<void> {
    if (isDeepStrictEqual(capture, this.declaration.capture)) return;
    await this.#capture?.stop();
    this.declaration = { ...this.declaration, capture };
    if (!capture) await HubCapture.suspend(this);
    this.#capture = capture && (await HubCapture.start(this, capture));
  }

  /** Registers a link that sends to the hub; returns the function that takes it off again. */
  addPublisher(disconnect: (error: AmqpError) => void): () => void {
    this.#publishers.add(disconnect);
    return () => this.#publishers.delete(disconnect);
  }

  /** Ends everything that is attached to the hub. */
  disconnect(error: AmqpError): void {
    for (const disconnect of [...this.#publishers]) disconnect(error);
    for (const { readers } of this.partitions) readers.disconnect(error);
  }

  describe(): HubDescription {
    const { name, partitionCount, retentionHours, createdAt, consumerGroups } = this.declaration;
    const groups = [DEFAULT_GROUP, ...consumerGroups];
    const partitions = this.partitions.map((partition) => partition.describe());
    return { name, partitionCount, retentionHours, createdAt, consumerGroups: groups, partitions };
  }

  async settled(): Promise<void> {
    await Promise.all(this.partitions.map(({ intactLog }) => intactLog?.settled()));
  }

  async sync(): Promise<void> {
    await Promise.all(this.partitions.map(({ intactLog }) => intactLog?.sync()));
  }

  async applyRetention(): Promise<void> {
    const retentionMs = this.declaration.retentionHours * 3_600_000;
    await Promise.all(this.partitions.map(({ intactLog }) => intactLog?.applyRetention(retentionMs)));
  }

  async close(): Promise<void> {
    await this.#capture?.stop();
    await Promise.all(this.partitions.map(({ intactLog }) => intactLog?.close()));
  }
}
