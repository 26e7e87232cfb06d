import { cosmosProvider } from './cosmos.ts';
import { eventGridProvider } from './eventGrid.ts';
import { eventHubProvider } from './eventHub.ts';
import type { Provider } from './provider.ts';

export type ProviderId = string;

/** Service providers that the runner knows. */
export const providers: readonly Provider[] = [cosmosProvider, eventGridProvider, eventHubProvider];
