import { registerHooks } from 'node:module';
import type { FunctionCallback, FunctionMetadata, HookCallback, LogCategory, LogLevel } from './coreTypes.ts';
import type { ProgrammingModel } from './coreTypes.ts';
import type { FunctionRegistry } from './functionRegistry.ts';
import { HOST_VERSION } from './hostVersion.ts';

const SPECIFIER = '@azure/functions-core';
const URL_OF_CORE = 'attune:functions-core';
const GLOBAL_KEY = Symbol.for('attune.functions-core');

/** What is registered goes here; the library keeps the module for the life of the process. */
let active: { registry: FunctionRegistry; systemLog: (level: LogLevel, message: string) => void } | undefined;
let programmingModel: ProgrammingModel | undefined;
let installed = false;

class Disposable {
  readonly #callback: () => unknown;
  #disposed = false;

  constructor(callback: () => unknown) {
    this.#callback = callback;
  }

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => disposables.forEach((disposable) => disposable.dispose()));
  }

  dispose(): unknown {
    if (this.#disposed) return undefined;
    this.#disposed = true;
    return this.#callback();
  }
}

function target() {
  if (!active) throw new Error('No app is being loaded.');
  return active;
}

/** The module `@azure/functions-core` as apps see it. */
const core = {
  version: HOST_VERSION,
  hostVersion: HOST_VERSION,
  Disposable,
  registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
    new Disposable(target().registry.add(metadata, callback)),
  registerHook: (name: string, callback: HookCallback) => new Disposable(target().registry.addHook(name, callback)),
  setProgrammingModel: (model: ProgrammingModel) => void (programmingModel = model),
  getProgrammingModel: () => programmingModel,
  log: (level: LogLevel, _category: LogCategory, message: string) => target().systemLog(level, message),
};

/**
 * Makes `@azure/functions-core` resolvable, for `import` and `require` alike, and sends what apps register from now on
 * to `registry`. Must run before the first import of `@azure/functions`, which otherwise falls silently into its test
 * mode.
 */
export function provideCore(registry: FunctionRegistry, systemLog: (level: LogLevel, message: string) => void): void {
  active = { registry, systemLog };
  if (installed) return;
  installed = true;
  Object.assign(globalThis, { [GLOBAL_KEY]: core });
  const source = `module.exports = globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(GLOBAL_KEY))})];`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === SPECIFIER ? { url: URL_OF_CORE, format: 'commonjs', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === URL_OF_CORE ? { source, format: 'commonjs', shortCircuit: true } : next(url, context),
  });
}

/** The programming model that the library has set; undefined until an app has registered something. */
export function currentProgrammingModel(): ProgrammingModel | undefined {
  return programmingModel;
}
