import type { web } from '@pulumi/azure-native/types/input.js';
import type { WebApp, WebAppArgs } from '@pulumi/azure-native/web/webApp.js';
import { WebAppFtpAllowed } from '@pulumi/azure-native/web/webAppFtpAllowed.js';
import { WebAppScmAllowed } from '@pulumi/azure-native/web/webAppScmAllowed.js';
import type { Resource } from '@pulumi/pulumi';
import { addDiagnostics } from './diagnostics.ts';
import { settingList, type AppSettings } from './settings.ts';
import { networkAccess, type AppIdentityArgs, type MonitoredStampArgs, type StampArgs } from './stamp.ts';

/** What the sites of a stamp have in common. */
export interface SecureSite {
  stamp: StampArgs;
  identity: AppIdentityArgs;
  settings: AppSettings;
  /** Properties of `siteConfig` beyond the common ones. */
  siteConfig?: web.SiteConfigArgs;
}

/** Arguments of a site with every security property set. The publishing site (SCM) is closed: packages come from Blob. */
export function secureSite({ stamp, identity, settings, siteConfig }: SecureSite): WebAppArgs {
  return {
    resourceGroupName: stamp.resourceGroupName,
    location: stamp.location,
    tags: stamp.tags,
    identity: { type: 'UserAssigned', userAssignedIdentities: [identity.id] },
    keyVaultReferenceIdentity: identity.id,
    httpsOnly: true,
    clientAffinityEnabled: false,
    clientCertEnabled: true,
    clientCertMode: 'Optional',
    endToEndEncryptionEnabled: true,
    publicNetworkAccess: networkAccess(stamp),
    sshEnabled: false,
    siteConfig: {
      appSettings: settingList(settings),
      minTlsVersion: '1.2',
      scmMinTlsVersion: '1.2',
      ftpsState: 'Disabled',
      http20Enabled: true,
      remoteDebuggingEnabled: false,
      ipSecurityRestrictionsDefaultAction: stamp.publicNetworkAccess ? 'Allow' : 'Deny',
      scmIpSecurityRestrictionsDefaultAction: 'Deny',
      ...siteConfig,
    },
  };
}

/**
 * What every site gets besides itself: publishing with a user name and a password is switched off, over FTP and over the
 * publishing site, and its logs go to the workspace.
 */
export function guardSite(name: string, parent: Resource, site: WebApp, stamp: MonitoredStampArgs): void {
  const args = { name: site.name, resourceGroupName: stamp.resourceGroupName, allow: false };
  new WebAppFtpAllowed(`${name}-ftp-publishing`, args, { parent });
  new WebAppScmAllowed(`${name}-scm-publishing`, args, { parent });
  addDiagnostics(stamp.workspaceId, { name, parent, resourceUri: site.id });
}
