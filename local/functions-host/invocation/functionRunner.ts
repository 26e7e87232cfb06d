import { randomUUID } from 'node:crypto';
import type { Binding, FunctionMetadata, InvocationResponse, RetryContext, TypedData } from '../app/coreTypes.ts';
import { errorDetails, type Log } from '../log.ts';
import { InvocationCutOff, type Invoker } from './invoker.ts';

/** What a trigger hands to one call. */
export interface TriggerInput {
  data: TypedData;
  metadata?: Record<string, TypedData>;
  /** A new one by default. */
  invocationId?: string;
}

export interface FunctionRunnerOptions {
  invoker: Invoker;
  metadata: FunctionMetadata;
  /** Name of the trigger's binding, and the binding with its settings filled in. */
  trigger: { name: string; binding: Binding };
  log: Log;
  /** Longest time of one call; undefined: no limit. */
  timeoutMs?: number;
  /** How long a call that timed out may still end by itself before its process is ended. */
  timeoutGraceMs?: number;
}

/** Grace of the real host. */
const TIMEOUT_GRACE_MS = 5_000;

/** Calls one function, within its time, and counts the calls. */
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

  /** Calls so far, how many of them failed, and how many are running now. */
  get counts(): { invocations: number; failures: number; running: number } {
    return { invocations: this.#invocations, failures: this.#failures, running: this.#running.size };
  }

  /** Resolves when no call is running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /**
   * Calls the function once. Throws what the function throws, or what ended its worker, after counting and logging it;
   * `InvocationCutOff` when the host stops meanwhile.
   */
  async invoke(input: TriggerInput, retryContext?: RetryContext): Promise<InvocationResponse> {
    const invocationId = input.invocationId ?? randomUUID();
    const { log } = this.#options;
    const startedAt = performance.now();
    this.#invocations += 1;
    log('information', this.#category, `Executing '${this.#functionName}'`, { invocationId });
    const call = this.#call(invocationId, input, retryContext);
    this.#running.add(call);
    const executed = (outcome: string) => `Executed '${this.#functionName}' (${outcome})`;
    try {
      const response = await call;
      log('information', this.#category, executed('Succeeded'), { invocationId, durationMs: elapsed(startedAt) });
      return response;
    } catch (error) {
      const details = { invocationId, durationMs: elapsed(startedAt), ...errorDetails(error) };
      if (error instanceof InvocationCutOff) {
        log('warning', this.#category, executed('Cut off'), details);
      } else {
        this.#failures += 1;
        log('error', this.#category, executed('Failed'), details);
      }
      throw error;
    } finally {
      this.#running.delete(call);
    }
  }

  get #functionName(): string {
    return `Functions.${this.name}`;
  }

  async #call(invocationId: string, input: TriggerInput, retryContext?: RetryContext): Promise<InvocationResponse> {
    const { invoker, metadata, trigger, timeoutMs } = this.#options;
    const call = invoker.invoke({
      invocationId,
      functionId: metadata.functionId ?? metadata.name,
      inputData: [{ name: trigger.name, data: input.data }],
      triggerMetadata: input.metadata ?? {},
      retryContext,
    });
    return timeoutMs === undefined ? call : this.#withTimeout(call, invocationId, timeoutMs);
  }

  /** Code cannot be stopped from outside: what does not end by itself soon takes its worker process with it. */
  async #withTimeout<T>(call: Promise<T>, invocationId: string, timeoutMs: number): Promise<T> {
    const { log, invoker, timeoutGraceMs = TIMEOUT_GRACE_MS } = this.#options;
    const timedOut = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message =
        `Timeout value of ${clock(timeoutMs)} exceeded by function '${this.#functionName}' (Id: '${invocationId}'). ` +
        'Initiating cancellation.';
      log('error', this.#category, message, { invocationId });
      const reason = new Error(message);
      timedOut.reject(reason);
      setTimeout(() => invoker.giveUp(invocationId, reason), timeoutGraceMs).unref();
    }, timeoutMs);
    try {
      return await Promise.race([call, timedOut.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function elapsed(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10;
}

/** A time as the real host writes it: `hh:mm:ss`. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
