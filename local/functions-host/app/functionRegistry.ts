import { HostError } from '../hostError.ts';
import type { FunctionCallback, FunctionMetadata, HookCallback, HookName } from './coreTypes.ts';

const HOOKS: readonly HookName[] = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'];

/** A function as the app registered it. */
export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

/** What an app registers while it is loaded: its functions and hooks. Closed once loading has ended. */
export class FunctionRegistry {
  /** By id, which is the name unless the app says otherwise. */
  readonly functions = new Map<string, RegisteredFunction>();
  readonly #hooks = new Map<HookName, HookCallback[]>(HOOKS.map((name) => [name, []]));
  #closed = false;

  /** Adds a function and returns how to take it away again. Throws on a second one of its id and after `close`. */
  add(metadata: FunctionMetadata, callback: FunctionCallback): () => void {
    const { name, functionId = name } = metadata;
    if (this.#closed) {
      throw new HostError(`A function can only be registered during app startup. It is "${name}" that came later.`);
    }
    if (this.functions.has(functionId)) {
      throw new HostError(`A function with id "${functionId}" has already been registered.`);
    }
    this.functions.set(functionId, { metadata, callback });
    return () => void this.functions.delete(functionId);
  }

  /** Adds a hook and returns how to take it away again. Throws a RangeError on a hook that does not exist. */
  addHook(name: string, callback: HookCallback): () => void {
    const hooks = this.#hooks.get(name as HookName);
    if (!hooks)
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
    hooks.push(callback);
    return () => void hooks.splice(hooks.indexOf(callback), 1);
  }

  hooks(name: HookName): readonly HookCallback[] {
    return this.#hooks.get(name) ?? [];
  }

  /** Runs the hooks of one kind one after the other on the same context. */
  async runHooks(name: HookName, context: Record<string, unknown>): Promise<void> {
    for (const hook of [...this.hooks(name)]) await hook(context);
  }

  close(): void {
    this.#closed = true;
  }
}
