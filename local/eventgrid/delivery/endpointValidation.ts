import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { askWebhook, type HandshakeTarget } from './handshake.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Event Grid asks again after this time when a webhook has not answered. */
const ASK_AGAIN_MS = 5 * SECOND;
/** Here a webhook may come up after its subscription; Event Grid would refuse to create the subscription. */
const PATIENCE_MS = 10 * MINUTE;
/** "The provided URL is valid for 5 minutes." */
const LINK_LIFE_MS = 5 * MINUTE;

/** Words of ARM for how far a subscription has come. */
export type ProvisioningState = 'Creating' | 'AwaitingManualAction' | 'Succeeded' | 'Failed';

export interface EndpointValidationArgs {
  target: Omit<HandshakeTarget, 'validationUrl' | 'validationCode' | 'signal'>;
  /** Time that one request may take. */
  timeoutMs: number;
  clock: Clock;
  /** Address of the validation link with this code. */
  validationUrl(code: string): string;
  /** Told once when the webhook has agreed, with the requests per minute that it allows; undefined for any number. */
  onAgreed(requestsPerMinute: number | undefined): Promise<void>;
}

/**
 * Proves that a webhook wants the events of a subscription: at once by its answer to the handshake, or within five minutes
 * by the validation link. See "Webhook event delivery" of Microsoft's documentation, synchronous and asynchronous handshake.
 */
export class EndpointValidation {
  readonly #args: EndpointValidationArgs;
  readonly #code = randomUUID().toUpperCase();
  readonly #givesUpAt: number;
  #cancelAlarm = () => {};
  #asking: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  #linkExpiresAt = 0;
  state: ProvisioningState = 'Creating';
  /** Why the webhook is not validated yet. */
  reason: string | undefined;

  constructor(args: EndpointValidationArgs) {
    this.#args = args;
    this.#givesUpAt = args.clock.after(args.clock.now(), PATIENCE_MS);
  }

  /** Asks the webhook, and again while it is away. */
  start(): void {
    this.#asking = this.#ask().catch((error: unknown) => {
      console.error(error);
      this.#fail(error instanceof Error ? error.message : String(error));
    });
  }

  /** The link was opened, with the allowed rate where the caller named one. False if the link is not, or no longer, valid. */
  async confirm(code: string, requestsPerMinute: number | undefined): Promise<boolean> {
    const isAsked = this.state === 'Creating' || this.state === 'AwaitingManualAction';
    const isOpen = isAsked && !this.#stopping.signal.aborted;
    if (code !== this.#code || !isOpen || this.#args.clock.now() >= this.#linkExpiresAt) return false;
    await this.#agree(requestsPerMinute);
    return true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelAlarm();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const { target, timeoutMs, clock, validationUrl } = this.#args;
    this.#linkExpiresAt = clock.after(clock.now(), LINK_LIFE_MS);
    const answer = await askWebhook({
      ...target,
      validationUrl: validationUrl(this.#code),
      validationCode: this.#code,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopping.signal]),
    });
    if (this.#stopping.signal.aborted || this.state !== 'Creating') return;
    if (answer.kind === 'agreed') return this.#agree(answer.requestsPerMinute);
    this.reason = answer.detail;
    if (answer.kind === 'undecided') return this.#awaitLink(answer.detail);
    const again = clock.after(clock.now(), ASK_AGAIN_MS);
    if (answer.kind === 'refused' || again >= this.#givesUpAt) return this.#fail(answer.detail);
    this.#cancelAlarm = clock.at(again, () => this.start());
  }

  #awaitLink(detail: string): void {
    this.state = 'AwaitingManualAction';
    this.#cancelAlarm = this.#args.clock.at(this.#linkExpiresAt, () => this.#fail(`${detail} Nobody did in time.`));
  }

  #fail(reason: string): void {
    this.state = 'Failed';
    this.reason = `The attempt to validate the endpoint failed: ${reason}`;
  }

  async #agree(requestsPerMinute: number | undefined): Promise<void> {
    this.#cancelAlarm();
    this.state = 'Succeeded';
    this.reason = undefined;
    try {
      await this.#args.onAgreed(requestsPerMinute);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}
