import type { ProviderClient } from '../providers/provider.ts';
import type { Settings } from '../project/settings.ts';

/** The world outside a run, shared by all of them. */
export interface Services {
  settings: Settings;
  /** Factor on waits, retry delays and timeouts of loops; 1 is real time. */
  timeScale: number;
  /** An open connection of connections.json. */
  connection(name: string): ProviderClient;
  /** Token of the app's managed identity. */
  token(audience: string, identity: string | undefined): Promise<string>;
  /** Closes the connections. */
  close(): Promise<void>;
}
