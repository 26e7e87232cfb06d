/** A built-in role: its name in the portal and the data actions that it allows; `*` stands for any text. */
export interface RoleDefinition {
  name: string;
  dataActions: readonly string[];
}

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const COSMOS = 'Microsoft.DocumentDB/databaseAccounts';

/**
 * Data actions that the local services check, by the names of Azure's operations. Reading, making and deleting blob
 * containers are actions of Azure Resource Manager there, which the data roles hold as well.
 */
export const ACTIONS = {
  eventHubs: {
    send: 'Microsoft.EventHub/namespaces/messages/send/action',
    receive: 'Microsoft.EventHub/namespaces/messages/receive/action',
  },
  eventGrid: { send: 'Microsoft.EventGrid/events/send/action' },
  blob: {
    readContainer: `${BLOBS}/read`,
    writeContainer: `${BLOBS}/write`,
    deleteContainer: `${BLOBS}/delete`,
    read: `${BLOBS}/blobs/read`,
    write: `${BLOBS}/blobs/write`,
    add: `${BLOBS}/blobs/add/action`,
    delete: `${BLOBS}/blobs/delete`,
    userDelegationKey: 'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action',
  },
  cosmos: {
    readMetadata: `${COSMOS}/readMetadata`,
    create: `${COSMOS}/sqlDatabases/containers/items/create`,
    read: `${COSMOS}/sqlDatabases/containers/items/read`,
    replace: `${COSMOS}/sqlDatabases/containers/items/replace`,
    upsert: `${COSMOS}/sqlDatabases/containers/items/upsert`,
    delete: `${COSMOS}/sqlDatabases/containers/items/delete`,
    query: `${COSMOS}/sqlDatabases/containers/executeQuery`,
    readChangeFeed: `${COSMOS}/sqlDatabases/containers/readChangeFeed`,
  },
} as const;

/** Azure's built-in roles by id ("Azure built-in roles"; "Data plane security reference" of Cosmos DB for NoSQL). */
export const ROLE_DEFINITIONS: ReadonlyMap<string, RoleDefinition> = new Map([
  [
    '2b629674-e913-4c01-ae53-ef4638d8f975',
    { name: 'Azure Event Hubs Data Sender', dataActions: ['Microsoft.EventHub/*/send/action'] },
  ],
  [
    'a638d3c7-ab3a-418d-83e6-5f17a39d4fde',
    { name: 'Azure Event Hubs Data Receiver', dataActions: ['Microsoft.EventHub/*/receive/action'] },
  ],
  [
    'f526a384-b230-433a-b45c-95f59c4a2dec',
    { name: 'Azure Event Hubs Data Owner', dataActions: ['Microsoft.EventHub/*'] },
  ],
  [
    'd5a91429-5739-47e2-a06b-3470a27159e7',
    { name: 'EventGrid Data Sender', dataActions: ['Microsoft.EventGrid/events/send/action'] },
  ],
  [
    '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
    {
      name: 'Storage Blob Data Reader',
      dataActions: [ACTIONS.blob.readContainer, ACTIONS.blob.read, ACTIONS.blob.userDelegationKey],
    },
  ],
  [
    'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    { name: 'Storage Blob Data Contributor', dataActions: Object.values(ACTIONS.blob) },
  ],
  [
    'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
    { name: 'Storage Blob Data Owner', dataActions: [`${BLOBS}/*`, ACTIONS.blob.userDelegationKey] },
  ],
  [
    '00000000-0000-0000-0000-000000000001',
    {
      name: 'Cosmos DB Built-in Data Reader',
      dataActions: [
        ACTIONS.cosmos.readMetadata,
        ACTIONS.cosmos.read,
        ACTIONS.cosmos.query,
        ACTIONS.cosmos.readChangeFeed,
      ],
    },
  ],
  [
    '00000000-0000-0000-0000-000000000002',
    {
      name: 'Cosmos DB Built-in Data Contributor',
      dataActions: [ACTIONS.cosmos.readMetadata, `${COSMOS}/sqlDatabases/containers/*`],
    },
  ],
]);

/** Whether a role allows a data action; names of actions have no case. */
export function allows({ dataActions }: RoleDefinition, action: string): boolean {
  return dataActions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()));
}

/** The role with the fewest rights that allows an action. */
export function leastRoleFor(action: string): string | undefined {
  for (const definition of ROLE_DEFINITIONS.values()) if (allows(definition, action)) return definition.name;
  return undefined;
}

function matches(pattern: string, text: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const [index, part] of rest.entries()) {
    const found = index === rest.length - 1 ? text.length - part.length : text.indexOf(part, at);
    if (found < at || !text.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return at === text.length;
}
