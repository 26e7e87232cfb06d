import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CosmosClient, type Container } from '@azure/cosmos';
import { onTestFinished } from 'vitest';
import { ServiceProcess } from '../../process/serviceProcess.ts';

const KEY = Buffer.from('key of the process under test').toString('base64');

/** The service as a process of its own that can be killed and comes back with its data. */
export class KillableService {
  readonly #process: ServiceProcess;

  private constructor(process: ServiceProcess) {
    this.#process = process;
  }

  /** Runs until the end of the test, with a container `db/items` that is partitioned by `/pk`. */
  static async start(): Promise<KillableService> {
    const folder = mkdtempSync(join(tmpdir(), 'cosmos-killed-'));
    const process = new ServiceProcess({
      name: 'cosmos',
      entry: new URL('../main.ts', import.meta.url).pathname,
      dataDir: join(folder, 'data'),
      logDir: folder,
      options: { key: KEY },
      ports: { http: 0 },
    });
    await process.start();
    onTestFinished(async () => {
      await process.stop();
      rmSync(folder, { recursive: true });
    });
    await process.call('putDatabase', { id: 'db' });
    await process.call('putContainer', { database: 'db', id: 'items', partitionKey: { paths: ['/pk'] } });
    return new KillableService(process);
  }

  /** The container, by a client that lives until the end of the test. */
  container(): Container {
    const client = new CosmosClient({
      endpoint: `http://127.0.0.1:${this.#process.ports.http}/`,
      key: KEY,
      connectionPolicy: { requestTimeout: 2000, enableEndpointDiscovery: false },
    });
    onTestFinished(() => client.dispose());
    return client.database('db').container('items');
  }

  /** Kills the process (SIGKILL) and waits until it runs again. */
  async kill(): Promise<void> {
    const { process } = this.#process;
    const { restarts } = process;
    process.kill('SIGKILL');
    while (process.restarts <= restarts) await sleep(5);
    await process.settled();
  }

  /** Writes one version after another at each of several places at once, and is killed once enough are acknowledged. */
  async killDuringWrites(places: Place[], write: (place: Place, version: number) => Promise<unknown>): Promise<void> {
    let isOver = false;
    let acknowledged = 0;
    const writers = places.map(async (place) => {
      while (!isOver) {
        try {
          await write(place, place.acknowledged + 1);
          place.acknowledged += 1;
          acknowledged += 1;
        } catch {
          // Of a write that failed it is open whether it was stored: whoever looks allows for it.
        }
      }
    });
    while (acknowledged < ENOUGH) await sleep(2);
    const killed = this.kill();
    isOver = true;
    await Promise.all([killed, ...writers]);
  }
}

const ENOUGH = 40;

/** Something that gets one version after another. */
export interface Place {
  name: string;
  /** Latest version whose write was acknowledged. */
  acknowledged: number;
}
