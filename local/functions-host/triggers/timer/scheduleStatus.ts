import { RestError, type ContainerClient } from '@azure/storage-blob';

/** What a timer remembers over a restart, in the format of Azure's host. */
export interface ScheduleStatus {
  /** ISO times: the last run, the one after it, and when this was written. */
  Last: string;
  Next: string;
  LastUpdated: string;
}

/** The remembered status of a timer; undefined before its first run. */
export async function readStatus(container: ContainerClient, name: string): Promise<ScheduleStatus | undefined> {
  try {
    const content = await container.getBlobClient(name).downloadToBuffer();
    return JSON.parse(content.toString('utf8')) as ScheduleStatus;
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }
}

export async function writeStatus(container: ContainerClient, name: string, status: ScheduleStatus): Promise<void> {
  await container.getBlockBlobClient(name).uploadData(Buffer.from(JSON.stringify(status)));
}
