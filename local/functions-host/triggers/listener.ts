import type { Settings } from '../settings/bindingExpressions.ts';
import type { FunctionRunner } from '../invocation/functionRunner.ts';
import type { RetryClock } from '../invocation/retry.ts';
import type { HostStorage } from '../storage/hostStorage.ts';
import type { HostJson } from '../settings/hostJson.ts';
import type { Log } from '../log.ts';

/** What fires one function: listens to its source while the host runs. */
export interface TriggerListener {
  start(): Promise<void>;
  /** Takes nothing new, lets what runs come to its end with its position written, and closes its connections. */
  stop(): Promise<void>;
  /** Position and the like, as JSON, for `describe`. */
  describe(): Promise<Record<string, unknown>>;
  /** Runs the function now, for triggers that can be run on demand. */
  fire?(): Promise<void>;
}

/** What listeners share. */
export interface ListenerContext {
  hostJson: HostJson;
  settings: Settings;
  storage: HostStorage;
  log: Log;
  clock: RetryClock;
  /** Names this host among those of the same app, for leases; the same after a restart. */
  instanceId: string;
}

/** Makes the listener of a function; throws `HostError` when its settings cannot be used. */
export type CreateListener = (runner: FunctionRunner, context: ListenerContext) => Promise<TriggerListener>;
