import { runtime, type Output } from '@pulumi/pulumi';
import type { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { COSMOS_ROLES, ROLES } from '../shared/roles.ts';
import { answer } from './azure.ts';

/** A resource as a program registered it. */
export interface Registered {
  type: string;
  name: string;
  urn: string;
  /** URN of the parent; empty for the stack itself. */
  parent: string;
  /** ARM id; empty for a component. */
  id: string;
  /** Inputs, resolved, secrets as their values. */
  inputs: Record<string, unknown>;
  /** Whether an input is a secret, which Pulumi's state then holds encrypted. */
  hasSecret: boolean;
}

/** What an evaluation registered and returned. */
export interface Evaluation<T> {
  result: T;
  resources: Registered[];
  /** Tokens of the provider functions that were called. */
  calls: string[];
}

/** The key that the stand-in's storage accounts have. */
export const STORAGE_KEY = 'c3RvcmFnZS1rZXk=';

/** Evaluates a piece of a Pulumi program against a stand-in for Azure, and waits until all is registered. */
export async function evaluate<T>(
  build: () => T | Promise<T>,
  config: Record<string, string> = {},
): Promise<Evaluation<T>> {
  const resources: Registered[] = [];
  const calls: string[] = [];
  const mocks: runtime.Mocks = {
    newResource({ type, name, inputs, custom }) {
      const plain = withoutSecrets(inputs);
      const { id, outputs } = custom ? answer(type, plain) : { id: '', outputs: {} };
      const hasSecret = Object.values(inputs).some(runtime.isRpcSecret);
      resources.push({ type, name, urn: '', parent: '', id, inputs: plain, hasSecret });
      return { id, state: { ...inputs, ...outputs } };
    },
    call({ token }) {
      calls.push(token);
      if (token === 'azure-native:storage:listStorageAccountKeys') return { keys: [{ value: STORAGE_KEY }] };
      throw new Error(`components/testing/mocks.ts does not know the function ${token}`);
    },
  };
  await runtime.setMocks(mocks, 'attune', 'test', false);
  runtime.setAllConfig(config);
  const monitor = runtime.getMonitor() as unknown as MockMonitor;
  const parents = noteParents(monitor);
  const result = await settle(build);

  const urns = new Map([...monitor.resources.keys()].map((urn) => [typeAndName(urn), urn]));
  for (const resource of resources) {
    const key = `${resource.type} ${resource.name}`;
    resource.urn = urns.get(key) ?? '';
    resource.parent = parents.get(key) ?? '';
  }
  return { result, resources, calls };
}

/** The part of Pulumi's registration that is noted. */
interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
}

/** Makes the mock monitor note the parent's URN of each resource, which it does not pass on: by `<type> <name>`. */
function noteParents(monitor: MockMonitor): Map<string, string> {
  const parents = new Map<string, string>();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (registration: Registration, callback) => {
    parents.set(`${registration.getType()} ${registration.getName()}`, registration.getParent());
    return register(registration, callback);
  };
  return parents;
}

/** Runs the program and waits for what it registered, also when it fails: the next evaluation must not see the rest. */
async function settle<T>(build: () => T | Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  // Pulumi keeps a stack for each of its promises, which takes more time than all the rest.
  Error.stackTraceLimit = 0;
  try {
    return await build();
  } finally {
    await runtime.disconnect();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function withoutSecrets(inputs: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(inputs);
  return Object.fromEntries(entries.map(([name, value]) => [name, runtime.unwrapRpcSecret(value) as unknown]));
}

function typeAndName(urn: string): string {
  const [, , types = '', name = ''] = urn.split('::');
  return `${types.split('$').at(-1)} ${name}`;
}

/** Type (without the package) and name of every resource below a component, sorted, to compare with an exact list. */
export function childrenOf(resources: readonly Registered[], parentName: string): string[] {
  const parent = resources.find(({ name, id }) => name === parentName && id === '');
  return resources
    .filter((resource) => resource.parent !== '' && resource.parent === parent?.urn)
    .map(({ type, name }) => `${type.replace('azure-native:', '')} ${name}`)
    .sort();
}

/** The only resource of a type, or the one with this name. */
export function only(resources: readonly Registered[], type: string, name?: string): Registered {
  const found = resources.filter(
    (resource) => resource.type === `azure-native:${type}` && (name === undefined || resource.name === name),
  );
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources of type ${type} ${name ?? ''}`);
  return found[0];
}

/** App settings of a site by name. */
export function settingsOf({ inputs }: Registered): Record<string, string> {
  const { appSettings } = inputs.siteConfig as { appSettings: { name: string; value: string }[] };
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]));
}

const byId = (roles: Record<string, string>) => new Map(Object.entries(roles).map(([name, id]) => [id, name]));

const GRANTED: Record<string, Map<string, string>> = {
  'azure-native:authorization:RoleAssignment': byId(ROLES),
  'azure-native:cosmosdb:SqlResourceSqlRoleAssignment': byId(COSMOS_ROLES),
};

/** What was granted to a principal, to all if none is given: `<role> <scope>`, sorted. */
export function grantsOf(resources: readonly Registered[], principalId?: unknown): string[] {
  return resources
    .filter(({ inputs }) => principalId === undefined || inputs.principalId === principalId)
    .flatMap(({ type, inputs }) => {
      const roles = GRANTED[type];
      const id = String(inputs.roleDefinitionId).split('/').at(-1) ?? '';
      return roles ? [`${roles.get(id) ?? id} ${String(inputs.scope)}`] : [];
    })
    .sort();
}

/** The value of an output, once the program that it belongs to has been evaluated. */
export function valueOf<T>(output: Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
