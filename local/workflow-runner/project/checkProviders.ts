import type { ServiceProviderConfiguration } from '../actions/serviceProvider.ts';
import type { JsonObject } from '../json.ts';
import { providers } from '../providers/registry.ts';
import type { Report } from './checkShape.ts';
import type { Connection } from './connections.ts';
import { branchesOf, type ActionDefinition, type Actions } from './definition.ts';

/** Checks that ServiceProvider actions name declared connections, known operations and their parameters. */
export function checkProviders(actions: Actions, connections: ReadonlyMap<string, Connection>, report: Report): void {
  for (const [name, definition] of Object.entries(actions)) {
    if (definition.type === 'ServiceProvider') {
      const fault = providerFault(definition, connections);
      if (fault !== undefined) report(`action "${name}"`, fault);
    }
    for (const branch of branchesOf(definition)) checkProviders(branch.actions, connections, report);
  }
}

function providerFault(definition: ActionDefinition, connections: ReadonlyMap<string, Connection>): string | undefined {
  const { serviceProviderConfiguration, parameters } = definition.inputs as unknown as {
    serviceProviderConfiguration: ServiceProviderConfiguration;
    parameters: JsonObject;
  };
  const { connectionName, operationId, serviceProviderId } = serviceProviderConfiguration;
  const provider = providers.find(({ id }) => id === serviceProviderId);
  if (!provider)
    return `has the unknown service provider "${serviceProviderId}"; known are ${providers.map(({ id }) => id).join(', ')}`;
  const connection = connections.get(connectionName);
  if (!connection)
    return `names the connection "${connectionName}", which connections.json does not have; there are ${[...connections.keys()].join(', ') || 'none'}`;
  if (connection.provider !== provider.id)
    return `names the connection "${connectionName}" of ${connection.provider}, but the action is one of ${provider.id}`;
  const operation = Object.hasOwn(provider.operations, operationId) ? provider.operations[operationId] : undefined;
  if (!operation)
    return `has the unknown operation "${operationId}" of ${provider.id}; known are ${Object.keys(provider.operations).join(', ')}`;
  const missing = operation.required.find((parameter) => !Object.hasOwn(parameters, parameter));
  if (missing !== undefined) return `the operation ${operationId} needs the parameter "${missing}"`;
  const allowed = [...operation.required, ...operation.optional];
  const extra = Object.keys(parameters).find((parameter) => !allowed.includes(parameter));
  return extra === undefined
    ? undefined
    : `the operation ${operationId} has no parameter "${extra}"; it takes ${allowed.join(', ')}`;
}
