import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { satisfies, validRange } from 'semver';
import { HostError } from '../hostError.ts';
import type { ProgrammingModel } from './coreTypes.ts';
import { currentProgrammingModel, provideCore } from './coreModule.ts';
import { FunctionRegistry } from './functionRegistry.ts';
import type { LogLevel } from './coreTypes.ts';

/** An app whose entry files have run: what it registered, and the library's side of every call. */
export interface LoadedApp {
  registry: FunctionRegistry;
  model: ProgrammingModel;
  /** What the library asked for; `HttpUri` is where it wants http requests sent when it streams. */
  capabilities: Record<string, string>;
}

/** Takes what the worker logs while it loads, and what the library logs later. */
export type WorkerLogger = (level: LogLevel, message: string) => void;

/**
 * Loads a built function app: the files that `main` of its package.json names (a glob), in the order of their names. Runs
 * the `appStart` hooks and closes registration. Throws `HostError` for a folder that is no such app, and when nothing
 * was registered, because then the app runs in the library's test mode and would do nothing for ever.
 */
export async function loadApp(appDir: string, log: WorkerLogger): Promise<LoadedApp> {
  const registry = new FunctionRegistry();
  provideCore(registry, log);
  const entries = entryFiles(appDir);
  for (const entry of entries) {
    try {
      await import(pathToFileURL(join(appDir, entry)).href);
    } catch (error) {
      const thrown = error instanceof Error ? error : new Error(String(error));
      const message = `Worker was unable to load entry point "${entry}": ${thrown.message}`;
      log('error', `${message}\n${thrown.stack}`);
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
      `No job functions found. ${source} must call app.http(), app.eventHub() or the like of @azure/functions 4, and a ` +
        'bundle must leave "@azure/functions-core" external.',
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
  const path = join(appDir, 'package.json');
  const { main, engines } = readPackage(path);
  checkNodeVersion(engines?.node, path);
  const files = globSync(main, { cwd: appDir }).sort();
  if (files.length > 0) return files;
  const reason = /[*?[\]{}]/.test(main) ? 'Found zero files matching the supplied pattern' : 'File does not exist';
  throw new HostError(`Worker was unable to load entry point "${main}": ${reason}. It is "main" of ${path}.`);
}

/** A range of versions that this Node is not in would be noticed on Azure by what then fails. */
function checkNodeVersion(range: unknown, path: string): void {
  if (range === undefined) return;
  if (typeof range !== 'string' || validRange(range) === null) {
    throw new HostError(
      `${path}: engines.node must be a range of versions such as ">=24", not ${JSON.stringify(range)}`,
    );
  }
  if (satisfies(process.version, range)) return;
  throw new HostError(
    `Incompatible Node.js version ${process.version}. The app asks for "${range}" (engines.node of ${path}).`,
  );
}

interface AppPackage {
  main: string;
  engines?: { node?: unknown };
}

function readPackage(path: string): AppPackage {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new HostError(`Worker failed to load package.json: ${(error as Error).message}`);
  }
  let content: Partial<AppPackage>;
  try {
    content = JSON.parse(text) as Partial<AppPackage>;
  } catch (error) {
    throw new HostError(`Worker failed to load package.json: ${path} is not valid JSON: ${(error as Error).message}`);
  }
  const { main, engines } = content;
  if (typeof main !== 'string' || main === '') {
    throw new HostError(`${path} has no "main", which names the app's entry files (a path or a glob).`);
  }
  return { main, engines };
}
