/** State of the parts that the API leans on. It answers without any of them, only not as well. */
export interface Readiness {
  ready: boolean;
  checks: { catalogue: 'loaded' | 'loading' | 'unavailable'; model: string; profiles: 'fresh' | 'stale' };
}

/** The first load may take this long; after that the API answers with what it has. */
const GRACE_MS = 10_000;

/** Whether the API has started: it has read catalogue and model once, or waited long enough for them. */
export class StartUp {
  #done = false;

  constructor(steps: readonly Promise<void>[]) {
    const timer = setTimeout(() => (this.#done = true), GRACE_MS);
    timer.unref();
    void Promise.all(steps).then(() => {
      this.#done = true;
      clearTimeout(timer);
    });
  }

  get done(): boolean {
    return this.#done;
  }
}
