import { startFunctionsHost, type FunctionsHost, type FunctionsHostOptions } from '../functionsHost.ts';
import type { FunctionDescription } from '../functionsHost.ts';
import type { LogLine } from './inProcessApp.ts';
import { waitFor } from './waitFor.ts';

/** A host in the process of a test, with what it logged. The code of its app runs in a worker process, as always. */
export class TestHost {
  readonly lines: LogLine[] = [];
  /** How often the host asked to be replaced. */
  fatal = 0;
  #host: FunctionsHost | undefined;

  static async start(options: Partial<FunctionsHostOptions> & { appDir: string }): Promise<TestHost> {
    const test = new TestHost();
    test.#host = await startFunctionsHost({
      port: 0,
      instanceId: 'test',
      timeScale: 0.01,
      ...options,
      settings: { PATH: process.env.PATH, ...options.settings },
      writeLog: (line) => test.lines.push(JSON.parse(line) as LogLine),
      onFatal: () => (test.fatal += 1),
    });
    return test;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#running.port}`;
  }

  get workerPid(): number {
    return this.#running.workerPid()!;
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  async describe(name: string): Promise<FunctionDescription> {
    const found = (await this.#running.describe()).find((each) => each.name === name);
    if (!found) throw new Error(`The host has no function ${name}.`);
    return found;
  }

  /** What the function logged with `context.log` and the like, so far. */
  logged(name: string): string[] {
    return this.lines.filter(({ category }) => category === `Function.${name}.User`).map(({ message }) => message);
  }

  messages(): string[] {
    return this.lines.map(({ message }) => message);
  }

  /** The first line whose message has this text, once there is one. */
  line(text: string): Promise<LogLine> {
    return waitFor(`the line "${text}"`, () => this.lines.find(({ message }) => message.includes(text)));
  }

  drain(): Promise<void> {
    return this.#running.drain();
  }

  async stop(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.stop();
  }

  get #running(): FunctionsHost {
    if (!this.#host) throw new Error('The host was stopped.');
    return this.#host;
  }
}
