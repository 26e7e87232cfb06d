/** Largest exponent that a stored value may grow to before the landmark moves: half of what a double holds. */
const LARGEST_EXPONENT = 500;

/** JSON form of `ForwardDecay`. */
export interface DecayState {
  halfLifeMs: number;
  /** Landmark, in whole half-lives since 1970. */
  landmark: number;
  /** Latest event time seen, ms; null before the first. */
  latest: number | null;
}

/**
 * Forward exponential decay (Cormode, Shkapenyuk, Srivastava and Xu 2009): an observation at time t is stored as
 * weight × 2^(t / half-life − landmark) and never touched again, so adding is O(1) and the order of adding is
 * irrelevant. The landmark is a whole number of half-lives, hence moving it multiplies by a power of two: exact. The
 * owner of the stored values multiplies them by the factors that `observe` and `align` return.
 */
export class ForwardDecay {
  readonly halfLifeMs: number;
  #landmark: number | undefined;
  #latest = -Infinity;

  /** Throws a RangeError unless the half-life is a positive finite number of milliseconds. */
  constructor(halfLifeMs: number) {
    if (!(halfLifeMs > 0 && Number.isFinite(halfLifeMs))) {
      throw new RangeError(`A half-life must be a positive number of milliseconds, not ${halfLifeMs}.`);
    }
    this.halfLifeMs = halfLifeMs;
  }

  /** Latest event time seen, ms since 1970; `-Infinity` before the first. */
  get latest(): number {
    return this.#latest;
  }

  /**
   * Takes note of an event time (ms). Returns the factor that everything stored so far must be multiplied by, which is
   * 1 except when the landmark moves. Throws a RangeError on a time that is not finite.
   */
  observe(time: number): number {
    if (!Number.isFinite(time)) throw new RangeError(`An event time must be a finite number of ms, not ${time}.`);
    if (time > this.#latest) this.#latest = time;
    const halfLives = time / this.halfLifeMs;
    this.#landmark ??= Math.floor(halfLives);
    return halfLives - this.#landmark > LARGEST_EXPONENT ? this.#moveTo(Math.floor(halfLives)) : 1;
  }

  /** What a weight of 1 at `time` is stored as. */
  stored(time: number): number {
    return 2 ** (time / this.halfLifeMs - (this.#landmark ?? 0));
  }

  /** What a stored value is worth at `now`; a `now` before the observations values them above their weight. */
  worth(stored: number, now: number): number {
    return this.#landmark === undefined ? 0 : stored * 2 ** (this.#landmark - now / this.halfLifeMs);
  }

  /**
   * Makes both clocks agree before their sums are added: `own` and `others` are the factors for the values stored
   * under this clock and under the other one. Throws a RangeError when the half-lives differ.
   */
  align(other: ForwardDecay): { own: number; others: number } {
    if (other.halfLifeMs !== this.halfLifeMs) {
      throw new RangeError(`Sums with half-lives of ${this.halfLifeMs} and ${other.halfLifeMs} ms cannot be merged.`);
    }
    if (other.#landmark === undefined) return { own: 1, others: 1 };
    if (other.#latest > this.#latest) this.#latest = other.#latest;
    const own = this.#landmark === undefined || other.#landmark > this.#landmark ? this.#moveTo(other.#landmark) : 1;
    return { own, others: 2 ** (other.#landmark - (this.#landmark ?? 0)) };
  }

  toJSON(): DecayState {
    return {
      halfLifeMs: this.halfLifeMs,
      landmark: this.#landmark ?? 0,
      latest: Number.isFinite(this.#latest) ? this.#latest : null,
    };
  }

  static fromJSON(state: DecayState): ForwardDecay {
    const decay = new ForwardDecay(state.halfLifeMs);
    if (state.latest !== null) {
      decay.#latest = state.latest;
      decay.#landmark = state.landmark;
    }
    return decay;
  }

  #moveTo(landmark: number): number {
    const factor = this.#landmark === undefined ? 1 : 2 ** (this.#landmark - landmark);
    this.#landmark = landmark;
    return factor;
  }
}
