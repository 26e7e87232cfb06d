import { armId, part, text, type Inputs, type ResourceHandler } from './handler.ts';
import { assignRole } from './identity.ts';

const SERVICE = 'cosmos';
const PROVIDER = 'Microsoft.DocumentDB';

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
        options: {
          accountName: name,
          accountId: id,
          serverless: isServerless(inputs),
          throttling: cloud.options.throttling ?? false,
          consistency: part(inputs, 'consistencyPolicy').defaultConsistencyLevel,
          ...(!cloud.identity && { key }),
        },
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
      return { id: databaseId(inputs), outputs: { name: text(inputs, 'databaseName') } };
    },
    async apply({ inputs, outputs }, { cloud }) {
      await cloud.control(SERVICE, 'putDatabase', { id: outputs.name, options: inputs.options });
    },
  },
  {
    type: 'azure-native:cosmosdb:SqlResourceSqlContainer',
    stage: 'service',
    declare(inputs) {
      const name = text(inputs, 'containerName');
      return { id: `${databaseId(inputs)}/containers/${name}`, outputs: { name } };
    },
    async apply({ inputs, outputs }, { cloud, resources }) {
      const database = text(inputs, 'databaseName');
      // Containers are declared beside their database, not after it has been made.
      const declared = resources.get(databaseId(inputs).toLowerCase())?.inputs;
      await cloud.control(SERVICE, 'putDatabase', { id: database, options: declared?.options });
      await cloud.control(SERVICE, 'putContainer', {
        ...part(inputs, 'resource'),
        database,
        id: outputs.name,
        options: inputs.options,
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

/** ARM id of the database that a database or container belongs to. */
function databaseId(inputs: Inputs): string {
  const path = ['databaseAccounts', text(inputs, 'accountName'), 'sqlDatabases', text(inputs, 'databaseName')];
  return armId(inputs, PROVIDER, ...path);
}

function isServerless({ capabilities }: Inputs): boolean {
  return Array.isArray(capabilities) && capabilities.some(({ name }: { name?: string }) => name === 'EnableServerless');
}
