import type { ProviderClient } from '../providers/provider.ts';
import type { Settings } from '../project/settings.ts';
import type { TriggerResponse, WorkflowCall } from './actionKind.ts';

/** The world outside a run, shared by all of them. */
export interface Services {
  settings: Settings;
  /** Factor on waits, retry delays and timeouts of loops; 1 is real time. */
  timeScale: number;
  /** An open connection of connections.json. */
  connection(name: string): ProviderClient;
  /** Token of the app's managed identity. */
  token(audience: string, identity: string | undefined): Promise<string>;
  /**
   * Calls another workflow and waits for its Response action; 202 for one that has none, undefined for a run that ended
   * without answering. Rejects with a `TriggerRefusal` for a call that the workflow does not take.
   */
  callWorkflow(call: WorkflowCall, caller: string): Promise<TriggerResponse | undefined>;
  /** Closes the connections. */
  close(): Promise<void>;
}
