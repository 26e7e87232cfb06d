import { randomUUID } from 'node:crypto';
import type { Binding, CoreInvocationContext, FunctionCallback, FunctionMetadata } from '../app/coreTypes.ts';
import type { InvocationResponse, LogCategory, LogLevel, RetryContext, TypedData } from '../app/coreTypes.ts';
import type { LoadedApp } from '../app/loadApp.ts';
import { errorDetails, type Log } from '../log.ts';

/** What a trigger hands to one call. */
export interface TriggerInput {
  data: TypedData;
  metadata?: Record<string, TypedData>;
  /** A new one by default. */
  invocationId?: string;
}

export interface FunctionRunnerOptions {
  app: LoadedApp;
  metadata: FunctionMetadata;
  callback: FunctionCallback;
  /** Name of the trigger's binding, and the binding with its settings filled in. */
  trigger: { name: string; binding: Binding };
  log: Log;
  /** Longest time of one call; undefined: no limit. */
  timeoutMs?: number;
  /** A call took longer. Its code cannot be stopped, so the owner ends the process, as Azure restarts the worker. */
  onTimeout?(): void;
}

/** Calls one function through the programming model, in the order that the official worker keeps, and counts the calls. */
export class FunctionRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #category: string;
  #invocations = 0;
  #failures = 0;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
    this.#category = `Function.${options.metadata.name}`;
  }

  get name(): string {
    return this.#options.metadata.name;
  }

  get trigger(): Binding {
    return this.#options.trigger.binding;
  }

  get metadata(): FunctionMetadata {
    return this.#options.metadata;
  }

  /** Calls so far, how many of them threw, and how many are running now. */
  get counts(): { invocations: number; failures: number; running: number } {
    return { invocations: this.#invocations, failures: this.#failures, running: this.#running.size };
  }

  /** Resolves when no call is running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Calls the function once. Throws what the function throws, after counting and logging it. */
  async invoke(input: TriggerInput, retryContext?: RetryContext): Promise<InvocationResponse> {
    const invocationId = input.invocationId ?? randomUUID();
    const { log } = this.#options;
    const startedAt = performance.now();
    this.#invocations += 1;
    log('debug', this.#category, 'Executing', { invocationId });
    const call = this.#withTimeout(this.#call(invocationId, input, retryContext), invocationId);
    this.#running.add(call);
    try {
      const response = await call;
      log('information', this.#category, 'Succeeded', { invocationId, durationMs: elapsed(startedAt) });
      return response;
    } catch (error) {
      this.#failures += 1;
      log('error', this.#category, 'Failed', { invocationId, durationMs: elapsed(startedAt), ...errorDetails(error) });
      throw error;
    } finally {
      this.#running.delete(call);
    }
  }

  async #call(invocationId: string, input: TriggerInput, retryContext?: RetryContext): Promise<InvocationResponse> {
    const { app, metadata, callback, trigger } = this.#options;
    const logged: { context?: unknown } = {};
    const coreContext: CoreInvocationContext = {
      invocationId,
      metadata,
      request: {
        invocationId,
        functionId: metadata.functionId ?? metadata.name,
        inputData: [{ name: trigger.name, data: input.data }],
        triggerMetadata: input.metadata ?? {},
        retryContext,
      },
      log: (level, category, message) => this.#userLog(level, category, message, invocationId, logged.context),
    };
    const model = app.model.getInvocationModel(coreContext);
    const { context, inputs } = await model.getArguments();
    logged.context = context;

    const hookData = {};
    coreContext.state = 'preInvocationHooks';
    const before = { hookData, invocationContext: context, functionCallback: callback, inputs };
    await app.registry.runHooks('preInvocation', before);
    coreContext.state = 'invocation';
    const after: Record<string, unknown> = { hookData, invocationContext: context, inputs: before.inputs };
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }
    coreContext.state = 'postInvocationHooks';
    await app.registry.runHooks('postInvocation', after);
    if (after.error !== undefined && after.error !== null) throw after.error;
    return model.getResponse(context, after.result);
  }

  #userLog(
    level: LogLevel,
    category: LogCategory,
    message: string,
    invocationId: string,
    invocationContext: unknown,
  ): void {
    const entry = { level, category, message, invocationContext, hookData: {} };
    for (const hook of this.#options.app.registry.hooks('log')) hook(entry);
    const suffix = category === 'user' ? '.User' : '';
    this.#options.log(entry.level, `${this.#category}${suffix}`, entry.message, { invocationId });
  }

  async #withTimeout<T>(call: Promise<T>, invocationId: string): Promise<T> {
    const { timeoutMs, log, onTimeout } = this.#options;
    if (timeoutMs === undefined) return call;
    const timer = setTimeout(() => {
      const message = `Timeout value of ${timeoutMs / 1000} s was exceeded (functionTimeout in host.json)`;
      log('critical', this.#category, message, { invocationId });
      onTimeout?.();
    }, timeoutMs);
    try {
      return await call;
    } finally {
      clearTimeout(timer);
    }
  }
}

function elapsed(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10;
}
