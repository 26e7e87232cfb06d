import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceProcess } from '../../process/serviceProcess.ts';
import { until, type Described } from './testGrid.ts';

interface Description {
  topics: { endpoint: string; published: number; subscriptions: Described[] }[];
}

/** Event Grid as a process of its own that can be killed; it is started again with its data. A second is a millisecond. */
export class GridProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'eventgrid-process-'));
  readonly #events: string[] = [];
  readonly service: ServiceProcess;

  /** `env` is added to this process's environment. */
  constructor(env: NodeJS.ProcessEnv = {}) {
    this.service = new ServiceProcess({
      name: 'eventgrid',
      entry: join(import.meta.dirname, '../main.ts'),
      dataDir: join(this.#folder, 'data'),
      logDir: join(this.#folder, 'logs'),
      options: { timeScale: 0.001 },
      env: { ...process.env, ...env },
      onEvent: (event) => this.#events.push(event),
    });
  }

  /** Ends the process as `kill -9` does and waits until another one runs. */
  async kill(): Promise<void> {
    const before = this.#events.length;
    this.service.process.kill('SIGKILL');
    await until(() => {
      if (this.#events.length < before + 2) throw new Error('not restarted yet');
    });
  }

  /** The first topic and its first subscription. */
  async describe(): Promise<Description['topics'][number]> {
    const { topics } = await this.service.call<Description>('describe');
    return topics[0]!;
  }

  async end(): Promise<void> {
    await this.service.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
