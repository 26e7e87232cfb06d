import type { Input } from '@pulumi/pulumi';
import { CONNECTIONS, SETTINGS } from '../../runtime/contracts/settings.ts';
import { identityConnection, telemetrySettings, type AppSettings } from '../shared/settings.ts';
import type { AppIdentityArgs } from '../shared/stamp.ts';
import type { Stores } from './grants.ts';

/** How the apps of a stamp behave; every member may be left out. */
export interface BehaviourArgs {
  /** OpenID issuer whose tokens the API accepts, an https URL. @default no token is accepted */
  tokenIssuer?: Input<string>;
  /** Audience that the tokens must carry. @default no token is accepted */
  tokenAudience?: Input<string>;
  /** Channels whose recommendations are announced on Event Grid, for example email and push. @default none */
  outboundChannels?: string[];
  /** Webhook that the workflow `on-recommendation-issued` calls. @default none is called */
  marketingWebhookUrl?: Input<string>;
  /** JSON of `RecommenderSettings`, parts of it or all. @default the recommender's own settings */
  recommenderSettings?: Input<string>;
}

/** What settings are computed from. */
export interface SettingsSource {
  stores: Stores;
  tenant: string;
  identity: AppIdentityArgs;
  behaviour: BehaviourArgs;
}

/** App settings of the API. */
export function apiSettings(source: SettingsSource): AppSettings {
  const { tokenIssuer, tokenAudience, outboundChannels } = source.behaviour;
  return {
    ...dataConnections(source),
    ...commonSettings(source),
    [SETTINGS.recommender]: source.behaviour.recommenderSettings ?? '{}',
    [SETTINGS.outboundChannels]: (outboundChannels ?? []).join(','),
    [SETTINGS.tokenIssuer]: tokenIssuer ?? '',
    [SETTINGS.tokenAudience]: tokenAudience ?? '',
  };
}

/** App settings of the function app, beside those of its host. */
export function functionSettings(source: SettingsSource): AppSettings {
  return {
    ...dataConnections(source),
    ...commonSettings(source),
    [SETTINGS.recommender]: source.behaviour.recommenderSettings ?? '{}',
  };
}

/** App settings that `runtime/workflows` names with `@appsetting`. */
export function workflowSettings(source: SettingsSource): AppSettings {
  const { stores, identity, behaviour } = source;
  return {
    ...identityConnection(CONNECTIONS.eventHubs, stores.ingress.fullyQualifiedNamespace, identity.clientId),
    ...identityConnection(CONNECTIONS.cosmos, stores.profiles.endpoint, identity.clientId),
    ...identityConnection(CONNECTIONS.eventGrid, stores.ingress.topicEndpoint, identity.clientId),
    ...commonSettings(source),
    [SETTINGS.identityResourceId]: identity.id,
    [SETTINGS.marketingWebhook]: behaviour.marketingWebhookUrl ?? '',
  };
}

function dataConnections({ stores, identity }: SettingsSource): AppSettings {
  return {
    ...identityConnection(CONNECTIONS.eventHubs, stores.ingress.fullyQualifiedNamespace, identity.clientId),
    ...identityConnection(CONNECTIONS.cosmos, stores.profiles.endpoint, identity.clientId),
    ...identityConnection(CONNECTIONS.registry, stores.registry.blobEndpoint, identity.clientId),
    ...identityConnection(CONNECTIONS.eventGrid, stores.ingress.topicEndpoint, identity.clientId),
  };
}

function commonSettings({ stores, tenant, identity }: SettingsSource): AppSettings {
  return {
    ...telemetrySettings(stores.observability.connectionString, identity.clientId),
    [SETTINGS.database]: stores.profiles.databaseName,
    [SETTINGS.tenant]: tenant,
  };
}
