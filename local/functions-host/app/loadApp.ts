import { globSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HostError } from '../hostError.ts';
import type { ProgrammingModel } from './coreTypes.ts';
import { currentProgrammingModel, provideCore } from './coreModule.ts';
import { FunctionRegistry } from './functionRegistry.ts';
import { errorDetails, type Log } from '../log.ts';

/** An app whose entry files have run: what it registered, and the library's side of every call. */
export interface LoadedApp {
  registry: FunctionRegistry;
  model: ProgrammingModel;
  /** What the library asked for; `HttpUri` is where it wants http requests sent when it streams. */
  capabilities: Record<string, string>;
}

/**
 * Loads a built function app: the files that `main` of its package.json names (a glob), in the order of their names. Runs
 * the `appStart` hooks and closes registration. Throws `HostError` for a folder that is no such app, and when nothing
 * was registered, because then the app runs in the library's test mode and would do nothing for ever.
 */
export async function loadApp(appDir: string, log: Log): Promise<LoadedApp> {
  const registry = new FunctionRegistry();
  provideCore(registry, (level, message) => log(level, 'Worker', message));
  const entries = entryFiles(appDir);
  for (const entry of entries) {
    try {
      await import(pathToFileURL(entry).href);
    } catch (error) {
      if (error instanceof HostError) throw error;
      const message = `Worker was unable to load entry point "${entry}": ${(error as Error).message}`;
      log('error', 'Host.Startup', message, errorDetails(error));
      throw new HostError(message);
    }
  }
  return finishLoading(registry, entries.join(', '));
}

/** The part of loading after the app's code has registered its functions. */
export async function finishLoading(registry: FunctionRegistry, source: string): Promise<LoadedApp> {
  const model = currentProgrammingModel();
  if (!model || registry.functions.size === 0) {
    throw new HostError(
      `No functions were registered by ${source}. The app must call app.http(), app.eventHub() or the like of ` +
        `@azure/functions 4, and a bundle must leave "@azure/functions-core" external.`,
    );
  }
  const capabilities = await model.getCapabilities({});
  await registry.runHooks('appStart', { hookData: {} });
  registry.close();
  return { registry, model, capabilities };
}

function entryFiles(appDir: string): string[] {
  if (!statSync(appDir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new HostError(`The function app folder ${appDir} does not exist.`);
  }
  const main = packageMain(join(appDir, 'package.json'));
  const files = globSync(main, { cwd: appDir }).sort();
  if (files.length === 0) throw new HostError(`"main": "${main}" in ${appDir}/package.json matches no file.`);
  return files.map((file) => resolve(appDir, file));
}

function packageMain(path: string): string {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new HostError(`The function app has no readable package.json (${(error as Error).message}).`);
  }
  let main: unknown;
  try {
    ({ main } = JSON.parse(text) as { main?: unknown });
  } catch (error) {
    throw new HostError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof main !== 'string' || main === '') {
    throw new HostError(`${path} has no "main", which names the app's entry files (a path or a glob).`);
  }
  return main;
}
