import type { Json } from '../json.ts';

/** How an action ended. */
export type ActionStatus = 'Succeeded' | 'Failed' | 'Skipped' | 'TimedOut' | 'Cancelled';

/** An attempt that was repeated. */
export interface RetryRecord {
  startTime: string;
  endTime: string;
  code: string;
  error?: RunError;
}

/** How far a run is, or how it ended. */
export type RunStatus = 'Waiting' | 'Running' | 'Succeeded' | 'Failed' | 'TimedOut' | 'Cancelled';

export interface RunError {
  code: string;
  message: string;
}

/** What the run history keeps of an action. */
export interface ActionRecord {
  name: string;
  /** Iterations it ran in: empty outside loops, else `Outer[0]/Inner[3]`. */
  path: string;
  status: ActionStatus;
  /** ISO 8601. */
  startTime: string;
  endTime: string;
  code: string;
  inputs?: Json;
  outputs?: Json;
  error?: RunError;
  retryHistory?: RetryRecord[];
  /** Parts that the history does not show: `inputs`, `outputs`. */
  secured?: string[];
}

/** An action that has begun and not ended. */
export type RunningAction = Pick<ActionRecord, 'name' | 'path' | 'startTime'>;

/** What an action reports; the engine adds name, path and times. */
export interface ActionResult {
  status: ActionStatus;
  inputs?: Json;
  outputs?: Json;
  code?: string;
  error?: RunError;
  retryHistory?: RetryRecord[];
}

/** A failure that the definition's author should read; ends the action as `Failed` or `TimedOut`. */
export class ActionError extends Error {
  readonly result: ActionResult;

  constructor(args: { code: string; message: string; status?: ActionStatus; inputs?: Json; outputs?: Json }) {
    super(args.message);
    const { code, message, status = 'Failed', inputs, outputs } = args;
    this.result = {
      status,
      code,
      error: { code, message },
      ...(inputs !== undefined && { inputs }),
      ...(outputs !== undefined && { outputs }),
    };
  }
}

export function succeeded(args: { inputs?: Json; outputs?: Json; code?: string } = {}): ActionResult {
  return { status: 'Succeeded', code: 'OK', ...args };
}
