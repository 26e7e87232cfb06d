import { CONNECTIONS } from '../../runtime/contracts/settings.ts';
import { part, type Declared, type Deployment, type Inputs } from './handler.ts';
import { namespaceHost } from './eventHubs.ts';

/** What a process needs of the machine itself; everything else comes from the program's app settings. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'SystemRoot', 'NODE_EXTRA_CA_CERTS'];

/** Connections in the forms that app settings name them: Logic Apps says its host storage by the address of the service. */
const FORMS = [...Object.values(CONNECTIONS), { name: CONNECTIONS.hostStorage.name, property: 'blobServiceUri' }];

/** App settings of a declared site (`siteConfig.appSettings`) as a map. */
export function declaredSettings(inputs: Inputs): Record<string, string> {
  const siteConfig = (inputs.siteConfig ?? {}) as { appSettings?: { name: string; value: string }[] };
  return Object.fromEntries((siteConfig.appSettings ?? []).map(({ name, value }) => [name, value]));
}

/**
 * The environment of a local app: the app settings that the program computed, with the addresses of what runs here. In
 * profile `faithful` the app goes on signing in with its managed identities. In profile `fast` each
 * connection of `CONNECTIONS` changes its form, from the name of a service with a managed identity to the connection
 * string of the declared resource here; the runtime takes both.
 */
export function appEnvironment(settings: Record<string, string>, deployment: Deployment): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const name of INHERITED) if (process.env[name] !== undefined) environment[name] = process.env[name];
  for (const [name, value] of Object.entries(settings)) environment[name] = deployment.cloud.localAddress(value);
  for (const { name, property } of FORMS) {
    const value = settings[`${name}__${property}`];
    if (value === undefined) continue;
    try {
      const local = localConnections[deployment.cloud.identity ? 'faithful' : 'fast'];
      Object.assign(environment, local(name, value, deployment));
    } catch (error) {
      throw new Error(`app setting ${name}__${property} = "${value}": ${(error as Error).message}`, { cause: error });
    }
    if (deployment.cloud.identity) continue;
    for (const identity of Object.keys(settings).filter((key) => key.startsWith(`${name}__`))) {
      if (identity !== `${name}__${property}` || environment[name] !== undefined) delete environment[identity];
    }
  }
  return environment;
}

/** Resource ids of the user-assigned identities of a resource, which the program gives as a list or as a map. */
export function assignedIdentities(inputs: Inputs): string[] {
  const { userAssignedIdentities = [] } = part(inputs, 'identity');
  return Array.isArray(userAssignedIdentities) ? userAssignedIdentities : Object.keys(userAssignedIdentities as object);
}

type LocalConnection = (name: string, value: string, deployment: Deployment) => Record<string, string>;

const localConnections: Record<'fast' | 'faithful', LocalConnection> = { fast: withKey, faithful: withIdentity };

/** The outputs of stores are local addresses already; host names that the program makes of a resource's name are not. */
function withIdentity(name: string, value: string, deployment: Deployment): Record<string, string> {
  switch (name) {
    case CONNECTIONS.eventHubs.name:
      return {
        [`${name}__${CONNECTIONS.eventHubs.property}`]: `localhost:${namespaceOf(value, deployment).localPort}`,
      };
    case CONNECTIONS.hostStorage.name:
      return URL.canParse(value) ? {} : { [`${name}__blobServiceUri`]: deployment.cloud.blobs.endpoint(value) };
    default:
      return {};
  }
}

function namespaceOf(host: string, deployment: Deployment): Declared['outputs'] {
  return only(
    deployment,
    'azure-native:eventhub:Namespace',
    ({ outputs }) => namespaceHost(String(outputs.name)) === host,
  ).outputs;
}

function withKey(name: string, value: string, deployment: Deployment): Record<string, string> {
  const { cloud } = deployment;
  switch (name) {
    case CONNECTIONS.eventHubs.name:
      return { [name]: String(namespaceOf(value, deployment).localConnectionString) };
    case CONNECTIONS.cosmos.name: {
      const account = only(deployment, 'azure-native:cosmosdb:DatabaseAccount', ({ outputs }) => {
        return outputs.documentEndpoint === value;
      });
      return { [name]: `AccountEndpoint=${value};AccountKey=${String(account.outputs.localKey)};` };
    }
    case CONNECTIONS.registry.name:
      return { [name]: cloud.blobs.connectionString(cloud.blobs.accountOf(value)) };
    case CONNECTIONS.hostStorage.name:
      return { [name]: cloud.blobs.connectionString(URL.canParse(value) ? cloud.blobs.accountOf(value) : value) };
    case CONNECTIONS.eventGrid.name: {
      const topic = only(deployment, 'azure-native:eventgrid:Topic', ({ outputs }) => outputs.endpoint === value);
      return { [`${name}__topicKey`]: String(topic.outputs.localKey) };
    }
    default:
      throw new Error(`the local target does not know the connection "${name}"`);
  }
}

function only(deployment: Deployment, type: string, matches: (resource: Declared) => boolean): Declared {
  for (const resource of deployment.resources.values()) {
    if (resource.type === type && matches(resource)) return resource;
  }
  throw new Error(`the program declares no ${type} of that address`);
}

/** Folder of a site's deployment package: the declared blob whose URL the site was given. */
export function packageFolder(url: string, deployment: Deployment): string {
  for (const { type, outputs } of deployment.resources.values()) {
    if (type === 'azure-native:storage:Blob' && outputs.url === url) return String(outputs.localFolder);
  }
  throw new Error(`the deployment package ${url} is no declared azure-native:storage:Blob`);
}

/** Packages of a storage container, for Flex Consumption, which is told the container and not the blob. */
export function packageFolderIn(containerUrl: string, deployment: Deployment): string {
  for (const { type, outputs } of deployment.resources.values()) {
    if (type === 'azure-native:storage:Blob' && String(outputs.url).startsWith(`${containerUrl.replace(/\/$/, '')}/`)) {
      return String(outputs.localFolder);
    }
  }
  throw new Error(`no declared azure-native:storage:Blob lies in the deployment container ${containerUrl}`);
}
