const MAX_TIMER_MS = 2 ** 31 - 1;

/** Time as the service sees it. Waits are given as on Azure; a clock may let them pass faster. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** When a wait of `ms` that begins at `from` is over. */
  after(from: number, ms: number): number;
  /** Runs `action` once when it is `time`; calling the result prevents that. */
  at(time: number, action: () => void): () => void;
}

/** The machine's clock. Waits last `timeScale` times as long as on Azure: 1 is Azure's time, 0.001 makes a second a millisecond. */
export function systemClock(timeScale: number): Clock {
  return {
    now: () => Date.now(),
    after: (from, ms) => from + Math.round(ms * timeScale),
    at: runAt,
  };
}

function runAt(time: number, action: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const wait = time - Date.now();
    // A timer of Node cannot wait longer.
    if (wait > MAX_TIMER_MS) timer = setTimeout(arm, MAX_TIMER_MS);
    else timer = setTimeout(action, Math.max(wait, 1));
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
