import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlError } from '../process/serviceHost.ts';
import { entityNotFound } from './amqp/conditions.ts';
import { requireCapture, type CaptureSettings } from './capture/captureSettings.ts';
import {
  loadDeclarations,
  requireGroupName,
  requireHubName,
  requirePartitionCount,
  requireRetentionHours,
  saveDeclarations,
  type HubDeclaration,
} from './declarations.ts';
import { DEFAULT_GROUP, Hub, type HubDescription, type Storage } from './hub.ts';
import type { ThroughputUnits } from './throughputUnits.ts';

export interface HubSettings {
  name: string;
  partitionCount: number;
  retentionHours: number;
  /** Where its events are captured to; absent when they are not. */
  capture?: CaptureSettings;
}

export interface GroupName {
  hub: string;
  name: string;
}

/** The declared hubs and their consumer groups; what is declared is on disk when the call returns. */
export class Hubs {
  /** Capacity of the namespace; absent while nothing is throttled. */
  readonly throughput: ThroughputUnits | undefined;
  readonly #directory: string;
  readonly #storage: Storage;
  readonly #hubs = new Map<string, Hub>();
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, storage: Storage, throughput: ThroughputUnits | undefined) {
    this.throughput = throughput;
    this.#directory = directory;
    this.#storage = storage;
  }

  /** Opens what was declared in `directory` before. */
  static async open(
    directory: string,
    storage: Omit<Storage, 'directory'>,
    throughput?: ThroughputUnits,
  ): Promise<Hubs> {
    const data = join(directory, 'hubs');
    await mkdir(data, { recursive: true });
    const hubs = new Hubs(directory, { ...storage, directory: data }, throughput);
    const declarations = (await loadDeclarations(directory)) ?? (await beginDeclarations(directory, data));
    for (const declaration of declarations) {
      hubs.#hubs.set(declaration.name.toLowerCase(), await Hub.open(declaration, hubs.#storage));
    }
    const kept = new Set(declarations.map(({ id }) => id));
    for (const folder of await readdir(data)) {
      if (!kept.has(folder)) await rm(join(data, folder), { recursive: true, force: true });
    }
    return hubs;
  }

  /** @throws {AmqpError} `amqp:not-found` */
  hub(name: string): Hub {
    const hub = this.#hubs.get(name.toLowerCase());
    if (!hub) throw entityNotFound(name);
    return hub;
  }

  /** Declares a hub. For one that exists only retention and capture can change. @throws {ControlError} */
  putHub(settings: HubSettings): Promise<void> {
    return this.#change(async () => {
      const name = requireHubName(settings.name);
      const partitionCount = requirePartitionCount(settings.partitionCount);
      const retentionHours = requireRetentionHours(settings.retentionHours);
      const capture = requireCapture(settings.capture);
      const existing = this.#hubs.get(name.toLowerCase());
      if (!existing) {
        const id = `${name.toLowerCase()}-${randomBytes(4).toString('hex')}`;
        const facts = { name, id, partitionCount, retentionHours, capture };
        const declaration = { ...facts, createdAt: Date.now(), consumerGroups: [] };
        this.#hubs.set(name.toLowerCase(), await Hub.open(declaration, this.#storage));
        return;
      }
      const { declaration } = existing;
      if (declaration.partitionCount !== partitionCount) {
        const counts = `has ${declaration.partitionCount} partitions and cannot get ${partitionCount}`;
        const fix = 'the number is fixed when a hub is created, so declare a hub with another name';
        throw new ControlError(`The event hub "${declaration.name}" ${counts}: ${fix}.`);
      }
      existing.declaration = { ...declaration, retentionHours };
      await existing.setCapture(capture);
    });
  }

  /** Removes a hub with its events; one that does not exist is no error. */
  deleteHub({ name }: { name: string }): Promise<void> {
    return this.#change(async () => {
      const hub = this.#hubs.get(requireHubName(name).toLowerCase());
      if (!hub) return;
      this.#hubs.delete(name.toLowerCase());
      hub.disconnect(entityNotFound(hub.declaration.name));
      await hub.close();
      await rm(hub.directory, { recursive: true, force: true });
    });
  }

  /** @throws {ControlError} when the hub does not exist */
  putConsumerGroup({ hub: hubName, name }: GroupName): Promise<void> {
    return this.#change(() => {
      const hub = this.#declared(hubName);
      const group = requireGroupName(name);
      const { declaration } = hub;
      const exists = [DEFAULT_GROUP, ...declaration.consumerGroups].some(sameName(group));
      if (exists) return;
      hub.declaration = { ...declaration, consumerGroups: [...declaration.consumerGroups, group] };
    });
  }

  /** Removes a consumer group and disconnects its readers; one that does not exist is no error. */
  deleteConsumerGroup({ hub: hubName, name }: GroupName): Promise<void> {
    return this.#change(() => {
      const hub = this.#declared(hubName);
      const group = requireGroupName(name);
      if (sameName(DEFAULT_GROUP)(group)) {
        throw new ControlError(`The consumer group "${DEFAULT_GROUP}" belongs to every event hub and stays.`);
      }
      const { declaration } = hub;
      const kept = declaration.consumerGroups.filter((other) => !sameName(group)(other));
      hub.declaration = { ...declaration, consumerGroups: kept };
      const gone = entityNotFound(`${declaration.name}/ConsumerGroups/${group}`);
      for (const { readers } of hub.partitions) readers.disconnect(gone, group.toLowerCase());
    });
  }

  describe(): HubDescription[] {
    return [...this.#hubs.values()].map((hub) => hub.describe());
  }

  /** Resolves once everything sent so far is stored. */
  async settled(): Promise<void> {
    await this.#each((hub) => hub.settled());
  }

  async sync(): Promise<void> {
    await this.#each((hub) => hub.sync());
  }

  async applyRetention(): Promise<void> {
    await this.#each((hub) => hub.applyRetention());
  }

  async close(): Promise<void> {
    await this.#changes;
    await this.#each((hub) => hub.close());
  }

  #declared(name: unknown): Hub {
    const hub = this.#hubs.get(requireHubName(name).toLowerCase());
    if (!hub) throw new ControlError(`There is no event hub "${String(name)}": declare it first.`);
    return hub;
  }

  async #each(action: (hub: Hub) => Promise<void>): Promise<void> {
    await Promise.all([...this.#hubs.values()].map(action));
  }

  /** One change at a time, saved when it has succeeded. */
  #change(action: () => Promise<void> | void): Promise<void> {
    const result = this.#changes.then(async () => {
      await action();
      await saveDeclarations(
        this.#directory,
        [...this.#hubs.values()].map(({ declaration }) => declaration),
      );
    });
    this.#changes = result.catch(() => undefined);
    return result;
  }
}

/** Without the file nobody knows what the folders of events belong to; they must not be taken for left-overs. */
async function beginDeclarations(directory: string, data: string): Promise<HubDeclaration[]> {
  if ((await readdir(data)).length > 0) {
    const fix = 'restore it, or delete the folder to start without events';
    throw new ControlError(`The declarations (hubs.json) are missing, but ${data} has events: ${fix}.`);
  }
  await saveDeclarations(directory, []);
  return [];
}

function sameName(name: string): (other: string) => boolean {
  const key = name.toLowerCase();
  return (other) => other.toLowerCase() === key;
}
