import { pause } from '../../functions-host/invocation/pause.ts';
import type { ProviderListener, TriggerContext, TriggerOperation } from '../providers/provider.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Keeps the trigger of a built-in connector listening: a service that cannot be reached is tried again, so that it does
 * not stop the workflows beside it.
 */
export class ProviderTrigger {
  readonly #operation: TriggerOperation;
  readonly #context: TriggerContext;
  readonly #stopped = new AbortController();
  #listener: ProviderListener | undefined;
  #error: string | undefined;

  constructor(args: { operation: TriggerOperation; context: TriggerContext }) {
    this.#operation = args.operation;
    this.#context = args.context;
  }

  start(): void {
    this.#open().catch((error: unknown) => console.error(error));
  }

  /** Does not wait for a service that is being tried. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#listener?.stop();
  }

  /** State, last error and position. */
  async describe(): Promise<Record<string, unknown>> {
    if (this.#listener) return { state: 'Listening', ...(await this.#listener.describe()) };
    return { state: 'Connecting', ...(this.#error !== undefined && { error: this.#error }) };
  }

  async #open(): Promise<void> {
    const { signal } = this.#stopped;
    for (let wait = FIRST_PAUSE_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        const listener = await this.#operation.listen(this.#context);
        if (signal.aborted) return await listener.stop();
        this.#listener = listener;
        return;
      } catch (error) {
        const { message } = error as Error;
        if (message !== this.#error) this.#context.warn(`The service cannot be reached, it is tried again: ${message}`);
        this.#error = message;
      }
      await pause(wait, signal);
    }
  }
}
