import { EventHub } from '@pulumi/azure-native/eventhub/eventHub.js';
import { Namespace } from '@pulumi/azure-native/eventhub/namespace.js';
import { Config, asset, interpolate } from '@pulumi/pulumi';
import { Blob } from '@pulumi/azure-native/storage/blob.js';

/** A program for tests: resources that follow from each other, a package, config, and a mistake on demand. */
const config = new Config('testing');
if (config.get('mistake')) {
  const mistake = new Error('testing:mistake must not be set.');
  mistake.name = 'UserError';
  throw mistake;
}
const resourceGroupName = config.require('group');
const namespace = new Namespace('events', { resourceGroupName, namespaceName: 'ns' });
const hub = new EventHub('hub', { resourceGroupName, namespaceName: namespace.name, eventHubName: 'clicks' });
new Blob('package', {
  resourceGroupName,
  accountName: 'account',
  containerName: 'packages',
  blobName: 'app.zip',
  source: new asset.FileArchive('dist/app'),
});

export const address = interpolate`${namespace.serviceBusEndpoint}${hub.name}`;
export const fixed = 7;
