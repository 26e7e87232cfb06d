import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventGridService, type EventGridArgs } from '../service.ts';

/** Base64 of 32 bytes, like a key of Azure. */
export const TEST_KEY = Buffer.alloc(32, 7).toString('base64');

export interface TestService {
  service: EventGridService;
  dataDir: string;
  /** Stops the service and removes its data. */
  end(): Promise<void>;
}

/** A service on a free port with its data in a temporary folder; a second becomes a millisecond. */
export async function startService(args: Partial<EventGridArgs> = {}): Promise<TestService> {
  const dataDir = args.dataDir ?? (await mkdtemp(join(tmpdir(), 'eventgrid-')));
  const service = new EventGridService({ timeScale: 0.001, ...args, dataDir });
  await service.start();
  return {
    service,
    dataDir,
    end: async () => {
      await service.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
