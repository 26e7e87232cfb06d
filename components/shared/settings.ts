import { interpolate, type Input } from '@pulumi/pulumi';
import type { CONNECTIONS } from '../../runtime/contracts/settings.ts';

/** App settings by name. The names are plain, so that a preview shows which ones there are. */
export type AppSettings = Record<string, Input<string>>;

type Connection = (typeof CONNECTIONS)[keyof typeof CONNECTIONS];

/**
 * Settings of a connection that signs in with a user-assigned identity: `X__<property>` names the service, `X__credential`
 * and `X__clientId` the identity (the convention of Azure Functions, which the runtime's own clients follow).
 */
export function identityConnection(
  { name, property }: Connection,
  service: Input<string>,
  clientId: Input<string>,
): AppSettings {
  return {
    [`${name}__${property}`]: service,
    [`${name}__credential`]: 'managedidentity',
    [`${name}__clientId`]: clientId,
  };
}

/** Settings that send telemetry to Application Insights with the identity: the connection string only says where. */
export function telemetrySettings(connectionString: Input<string>, clientId: Input<string>): AppSettings {
  return {
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: interpolate`ClientId=${clientId};Authorization=AAD`,
  };
}

/** App settings as a site wants them: a list, in the order of the names so that a diff shows changes only. */
export function settingList(settings: AppSettings): { name: string; value: Input<string> }[] {
  return Object.keys(settings)
    .sort()
    .map((name) => ({ name, value: settings[name] ?? '' }));
}
