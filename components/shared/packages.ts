import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Blob } from '@pulumi/azure-native/storage/blob.js';
import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { asset, type Input, type Output, type Resource } from '@pulumi/pulumi';
import { BLOB_CONTAINERS } from '../../runtime/contracts/names.ts';
import { grantRole, type RoleName } from './roles.ts';
import type { AppSettings } from './settings.ts';
import type { AppIdentityArgs, MonitoredStampArgs } from './stamp.ts';
import { UserError } from './validate.ts';

/** Where deployment packages are kept. */
export interface PackageLocationArgs {
  /** Name of the storage account. */
  accountName: Input<string>;
  resourceGroupName: Input<string>;
}

/** What components are told whose app is deployed as a package. */
export interface PackagedAppArgs extends MonitoredStampArgs {
  /** Identity that the app runs as. */
  identity: AppIdentityArgs;
  /** App settings beyond those of the app's host. */
  appSettings: Record<string, Input<string>>;
  /** Where the deployment package goes. */
  packages: PackageLocationArgs;
  /** Folder that the deployment package is made of. */
  packageFolder: string;
}

/** The deployment package of an app: a folder, uploaded as one zip file. */
export interface AppPackage {
  /** Pulumi name; `-package` and the like are added. */
  name: string;
  parent: Resource;
  store: PackageLocationArgs;
  /** Container of this app alone: `packages-<app>`. */
  app: string;
  folder: string;
  /** Name of the blob where the app's plan prescribes one. @default `<app>-<version>.zip` */
  fixedName?: string;
  identity: AppIdentityArgs;
  /** What the app's identity may do in the container. */
  role: RoleName;
}

export interface UploadedPackage {
  url: Output<string>;
  containerUrl: Output<string>;
  version: string;
  /** What must be there before the app starts. */
  dependencies: Resource[];
}

/** Uploads a package into a container of its own and lets the app's identity in. */
export function addPackage(appPackage: AppPackage): UploadedPackage {
  const { name, parent, store, app, folder, fixedName, identity, role } = appPackage;
  const version = packageVersion(folder);
  const container = new BlobContainer(
    `${name}-packages`,
    {
      containerName: `${BLOB_CONTAINERS.packages}-${app}`,
      accountName: store.accountName,
      resourceGroupName: store.resourceGroupName,
      publicAccess: 'None',
    },
    { parent },
  );
  const blob = new Blob(
    `${name}-package`,
    {
      blobName: fixedName ?? `${app}-${version}.zip`,
      containerName: container.name,
      accountName: store.accountName,
      resourceGroupName: store.resourceGroupName,
      type: 'Block',
      contentType: 'application/zip',
      source: new asset.FileArchive(folder),
    },
    // A name with the version is new with each package, so the old blob can stay until the app runs from the new one.
    { parent, deleteBeforeReplace: fixedName !== undefined },
  );
  const access = grantRole({
    name: `${name}-package-access`,
    parent,
    principalId: identity.principalId,
    role,
    scope: container.id,
  });
  const containerUrl = blob.url.apply((url) => url.slice(0, url.lastIndexOf('/')));
  return { url: blob.url, containerUrl, version, dependencies: [blob, access] };
}

/** App settings of a site that mounts its package from the store, which it reads with its identity. */
export function runFromPackage({ url }: UploadedPackage, identity: AppIdentityArgs): AppSettings {
  return { WEBSITE_RUN_FROM_PACKAGE: url, WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identity.id };
}

/**
 * Version of a package: 12 hex digits of the hash over its files' names and contents, so that the same package always has
 * the same version.
 * @throws {UserError} when there is no such folder.
 */
export function packageVersion(folder: string): string {
  if (!existsSync(folder)) {
    throw new UserError(`There is no deployment package ${folder}. Build the packages first: npm run build`);
  }
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const entry of entries) {
    const path = join(folder, entry);
    const stats = lstatSync(path);
    if (stats.isDirectory()) continue;
    const content = stats.isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
    hash.update(`${entry.replaceAll('\\', '/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
