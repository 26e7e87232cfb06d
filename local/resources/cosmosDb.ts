import { armId, part, text, type ResourceHandler } from './handler.ts';
import { assignRole } from './identity.ts';

const SERVICE = 'cosmos';
const PROVIDER = 'Microsoft.DocumentDB';

interface ContainerResource {
  partitionKey?: { paths: string[]; kind?: string; version?: number };
  defaultTtl?: number;
  indexingPolicy?: unknown;
  uniqueKeyPolicy?: unknown;
}

export const cosmosDbHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:cosmosdb:DatabaseAccount',
    async declare(inputs, { cloud }) {
      const name = text(inputs, 'accountName');
      const id = armId(inputs, PROVIDER, 'databaseAccounts', name);
      const key = cloud.state.key(SERVICE);
      const ports = await cloud.startService(SERVICE, {
        entry: new URL('../cosmos/main.ts', import.meta.url),
        ports: { http: 8081 },
        options: { accountName: name, accountId: id, ...(!cloud.identity && { key }) },
      });
      return {
        id,
        outputs: {
          name,
          documentEndpoint: cloud.identity ? `https://localhost:${ports.http}/` : `http://127.0.0.1:${ports.http}/`,
          localKey: key,
        },
      };
    },
  },
  {
    type: 'azure-native:cosmosdb:SqlResourceSqlDatabase',
    stage: 'service',
    declare(inputs) {
      const name = text(inputs, 'databaseName');
      const account = text(inputs, 'accountName');
      return { id: armId(inputs, PROVIDER, 'databaseAccounts', account, 'sqlDatabases', name), outputs: { name } };
    },
    async apply({ outputs }, { cloud }) {
      await cloud.control(SERVICE, 'putDatabase', { id: outputs.name });
    },
  },
  {
    type: 'azure-native:cosmosdb:SqlResourceSqlContainer',
    stage: 'service',
    declare(inputs) {
      const name = text(inputs, 'containerName');
      const path = ['sqlDatabases', text(inputs, 'databaseName'), 'containers', name];
      return {
        id: armId(inputs, PROVIDER, 'databaseAccounts', text(inputs, 'accountName'), ...path),
        outputs: { name },
      };
    },
    async apply({ inputs, outputs }, { cloud }) {
      const { partitionKey, defaultTtl, indexingPolicy, uniqueKeyPolicy } = part(
        inputs,
        'resource',
      ) as ContainerResource;
      const database = text(inputs, 'databaseName');
      // Containers are declared beside their database, not after it has been made.
      await cloud.control(SERVICE, 'putDatabase', { id: database });
      await cloud.control(SERVICE, 'putContainer', {
        database,
        id: outputs.name,
        partitionKey,
        defaultTtl,
        indexingPolicy,
        uniqueKeyPolicy,
      });
    },
  },
  {
    type: 'azure-native:cosmosdb:SqlResourceSqlRoleAssignment',
    declare(inputs, deployment) {
      const name = text(inputs, 'roleAssignmentId');
      const account = text(inputs, 'accountName');
      const id = armId(inputs, PROVIDER, 'databaseAccounts', account, 'sqlRoleAssignments', name);
      assignRole(id, inputs, deployment);
      return { id, outputs: { name } };
    },
  },
];
