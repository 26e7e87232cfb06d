import { join } from 'node:path';
import type { Hub } from '../hub.ts';
import { blobArchiveWriter } from './archiveWriter.ts';
import type { CaptureSettings } from './captureSettings.ts';
import { suspendCaptureState } from './captureState.ts';
import { PartitionCapture } from './partitionCapture.ts';

/** The capture of a hub's partitions; damaged ones are left out. */
export class HubCapture {
  readonly #partitions: readonly PartitionCapture[];

  private constructor(partitions: readonly PartitionCapture[]) {
    this.#partitions = partitions;
  }

  static async start(hub: Hub, settings: CaptureSettings): Promise<HubCapture> {
    const writer = await blobArchiveWriter(settings);
    const starting = hub.partitions.flatMap(({ id, intactLog: log }) => {
      if (!log) return [];
      const directory = join(hub.directory, String(id));
      return [PartitionCapture.start({ hub: hub.declaration.name, partition: id, log, directory, settings, writer })];
    });
    return new HubCapture(await Promise.all(starting));
  }

  /** Ends it for now: the next start goes on behind what was captured. */
  async stop(): Promise<void> {
    await Promise.all(this.#partitions.map((partition) => partition.stop()));
  }

  /** Notes that the capture of a hub was switched off. */
  static async suspend(hub: Hub): Promise<void> {
    await Promise.all(hub.partitions.map(({ id }) => suspendCaptureState(join(hub.directory, String(id)))));
  }
}
