import { ControlError } from '../../process/serviceHost.ts';
import type { Clock } from '../clock.ts';

/** The longest that a duplicate comes after the first copy, and a late event after its turn. */
const LONGEST_MS = 10_000;

export interface DisorderSettings {
  /** In [0, 1]: this share of events comes twice, and this share comes late, so after events that were published later. */
  share: number;
  /** Whole number; the same one chooses the same events, by subscription and event id. */
  seed: number;
}

/**
 * What a subscriber must expect of Event Grid and rarely gets to see: duplicates and events out of order. Off until set, so
 * that tests of consumers can turn it on. A duplicate is an event whose answer counts as lost: it comes with the next
 * `aeg-delivery-count`.
 */
export class Disorder {
  readonly #clock: Clock;
  #settings: DisorderSettings | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Turns it on, or with undefined off. Throws a `ControlError` of one line for values that make no sense. */
  set(settings: DisorderSettings | undefined): void {
    if (settings !== undefined) check(settings);
    this.#settings = settings;
  }

  /** When a delivery that was accepted `now` begins. */
  firstAttempt(now: number, ...event: string[]): number {
    return this.#isChosen('late', event) ? this.#after(now, 'late by', event) : now;
  }

  /** When an event that was delivered just now comes again; undefined if it does not. */
  duplicateAt(...event: string[]): number | undefined {
    return this.#isChosen('twice', event) ? this.#after(this.#clock.now(), 'twice after', event) : undefined;
  }

  #isChosen(purpose: string, event: string[]): boolean {
    return this.#settings !== undefined && this.#draw(purpose, event) < this.#settings.share;
  }

  #after(time: number, purpose: string, event: string[]): number {
    return this.#clock.after(time, this.#draw(purpose, event) * LONGEST_MS);
  }

  /** In [0, 1), the same for the same seed, purpose and event. */
  #draw(purpose: string, event: string[]): number {
    return hash(JSON.stringify([this.#settings?.seed, purpose, ...event])) / 2 ** 32;
  }
}

function check({ share, seed }: DisorderSettings): void {
  if (!(typeof share === 'number' && share >= 0 && share <= 1))
    throw new ControlError(
      `duplicates: the share is ${String(share)}; allowed is 0 to 1, such as 0.1 for every tenth event.`,
    );
  if (!Number.isSafeInteger(seed))
    throw new ControlError(`duplicates: the seed is ${String(seed)}; it must be a whole number.`);
}

/** `SHARE` or `SHARE:SEED`, such as `0.2:7`; undefined for nothing. Throws a `ControlError` of one line otherwise. */
export function parseDisorder(text: string | undefined): DisorderSettings | undefined {
  if (!text) return undefined;
  const match = /^(\d*\.?\d+)(?::(\d+))?$/.exec(text);
  if (!match)
    throw new ControlError(`duplicates: "${text}" is not understood; write SHARE or SHARE:SEED, such as 0.2:7.`);
  const settings = { share: Number(match[1]), seed: Number(match[2] ?? 0) };
  check(settings);
  return settings;
}

/** Murmur3's finalizer over an FNV-1a hash: 32 well mixed bits of a text. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
