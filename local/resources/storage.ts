import { resolve } from 'node:path';
import { armId, text, type Inputs, type ResourceHandler } from './handler.ts';

const PROVIDER = 'Microsoft.Storage';

/** Archive or asset of Pulumi, as the program's inputs carry it. */
interface PackageSource {
  path?: string | Promise<string>;
}

export const storageHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:storage:StorageAccount',
    async declare(inputs, { cloud }) {
      const name = text(inputs, 'accountName');
      const id = armId(inputs, PROVIDER, 'storageAccounts', name);
      const blob = await cloud.blobs.declareAccount(name, id);
      return {
        id,
        outputs: { name, primaryEndpoints: { blob: `${blob}/` } },
      };
    },
  },
  {
    type: 'azure-native:storage:BlobServiceProperties',
    declare: (inputs) => ({
      id: armId(inputs, PROVIDER, 'storageAccounts', text(inputs, 'accountName'), 'blobServices', 'default'),
      outputs: { name: 'default' },
    }),
  },
  {
    type: 'azure-native:storage:ManagementPolicy',
    declare: (inputs) => ({
      id: armId(inputs, PROVIDER, 'storageAccounts', text(inputs, 'accountName'), 'managementPolicies', 'default'),
      outputs: { name: 'default' },
    }),
  },
  {
    type: 'azure-native:storage:BlobContainer',
    stage: 'service',
    declare(inputs) {
      const name = text(inputs, 'containerName');
      return { id: containerId(inputs, name), outputs: { name } };
    },
    async apply({ inputs, outputs }, { cloud }) {
      await cloud.blobs.createContainer(text(inputs, 'accountName'), String(outputs.name));
    },
  },
  {
    // A deployment package. Apps run from the folder it would be packed from, so nothing is uploaded here.
    type: 'azure-native:storage:Blob',
    async declare(inputs, { cloud }) {
      const name = text(inputs, 'blobName');
      const account = text(inputs, 'accountName');
      const container = text(inputs, 'containerName');
      const path = await (inputs.source as PackageSource | undefined)?.path;
      if (!path)
        throw new Error('property "source" must be a FileArchive: the local target runs packages from their folder.');
      return {
        id: `${containerId(inputs, container)}/blobs/${name}`,
        outputs: {
          name,
          url: `https://${account}.blob.core.windows.net/${container}/${name}`,
          localFolder: resolve(cloud.options.projectDir, path),
        },
      };
    },
  },
];

function containerId(inputs: Inputs, container: string): string {
  const account = text(inputs, 'accountName');
  return armId(inputs, PROVIDER, 'storageAccounts', account, 'blobServices', 'default', 'containers', container);
}
