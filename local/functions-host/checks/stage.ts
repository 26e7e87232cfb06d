import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { FunctionsHostOptions } from '../functionsHost.ts';
import { startLocalServices, type LocalServices } from '../testing/localServices.ts';
import { TestHost } from '../testing/testHost.ts';
import { TestHub } from '../testing/testHub.ts';

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const BUNDLE = { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' };

/** An app that a check writes down: the code of its entry file, and what differs from the usual files around it. */
export interface AppFiles {
  /** Code after `import { app, … } from '@azure/functions'`. */
  code?: string;
  /** Content of host.json without `version` and the extension bundle. */
  hostJson?: object;
  packageJson?: object;
}

/** Hosts of small apps over services of their own, for the checks. */
export class Stage {
  readonly #folder = mkdtempSync(join(tmpdir(), 'functions-checks-'));
  #services: Promise<LocalServices> | undefined;
  #apps = 0;

  async strike(): Promise<void> {
    await (await this.#services)?.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** Event Hubs, Cosmos DB and Blob, started by the first check that needs them. */
  services(): Promise<LocalServices> {
    this.#services ??= startLocalServices();
    return this.#services;
  }

  /** A hub of its own; app settings `EventHubs` and `HUB` lead to it. */
  async hub(partitionCount = 1): Promise<TestHub> {
    const hub = await TestHub.create(await this.services(), `hub-${++this.#apps}`, partitionCount);
    onTestFinished(() => hub.close());
    return hub;
  }

  /** Folder of an app. */
  app({ code = '', hostJson = {}, packageJson = {} }: AppFiles): string {
    const appDir = join(this.#folder, `app-${++this.#apps}`);
    mkdirSync(appDir);
    symlinkSync(MODULES, join(appDir, 'node_modules'));
    const write = (name: string, content: object) => writeFileSync(join(appDir, name), JSON.stringify(content));
    write('host.json', { version: '2.0', extensionBundle: BUNDLE, ...hostJson });
    write('package.json', { type: 'module', main: 'main.mjs', ...packageJson });
    writeFileSync(join(appDir, 'main.mjs'), `import { app, input, output, trigger } from '@azure/functions';\n${code}`);
    return appDir;
  }

  /** A host in this process, its app in a worker process; stopped with the check unless it stopped it itself. */
  async host(
    files: AppFiles | string,
    settings: Record<string, string> = {},
    options: Partial<FunctionsHostOptions> = {},
  ): Promise<TestHost> {
    const appDir = typeof files === 'string' ? files : this.app(files);
    const host = await TestHost.start({ appDir, settings, ...options });
    onTestFinished(() => host.stop());
    return host;
  }

  /** What an app that cannot be run is refused with. */
  async refusal(files: AppFiles, settings: Record<string, string> = {}): Promise<string> {
    try {
      const host = await this.host(files, settings);
      await host.stop();
    } catch (error) {
      expect((error as Error).name).toBe('HostError');
      return (error as Error).message;
    }
    throw new Error('nothing was refused');
  }
}
