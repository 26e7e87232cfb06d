import type { JsonObject } from '../json.ts';
import type { Operation } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import type { Report } from './checkShape.ts';
import type { Connections } from './connections.ts';
import { ProjectError } from './projectError.ts';
import { branchesOf, type Actions, type ServiceProviderConfiguration, type TriggerDefinition } from './definition.ts';

/**
 * Checks that actions and the trigger of type ServiceProvider name declared connections, known operations and their
 * parameters.
 */
export function checkProviders(args: {
  actions: Actions;
  trigger: TriggerDefinition;
  connections: Connections;
  report: Report;
}): void {
  const { actions, trigger, connections, report } = args;
  if (trigger.type === 'ServiceProvider') {
    const fault = providerFault(trigger.inputs, 'trigger', connections);
    if (fault !== undefined) report('the trigger', fault);
  }
  checkActions(actions, connections, report);
}

function checkActions(actions: Actions, connections: Connections, report: Report): void {
  for (const [name, definition] of Object.entries(actions)) {
    if (definition.type === 'ServiceProvider') {
      const fault = providerFault(definition.inputs, 'action', connections);
      if (fault !== undefined) report(`action "${name}"`, fault);
    }
    for (const branch of branchesOf(definition)) checkActions(branch.actions, connections, report);
  }
}

function providerFault(inputs: unknown, kind: 'action' | 'trigger', connections: Connections): string | undefined {
  const { serviceProviderConfiguration, parameters } = inputs as {
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
  if (connection instanceof ProjectError) throw connection;
  if (connection.provider !== provider.id)
    return `names the connection "${connectionName}" of ${connection.provider}, but the ${kind} is one of ${provider.id}`;
  const operations: Readonly<Record<string, Operation>> = kind === 'trigger' ? provider.triggers : provider.operations;
  const operation = Object.hasOwn(operations, operationId) ? operations[operationId] : undefined;
  if (!operation) {
    const known = Object.keys(operations).join(', ');
    return `has the unknown operation "${operationId}" of ${provider.id}; known ${kind}s are ${known || 'none'}`;
  }
  return parameterFault(operationId, operation, parameters);
}

function parameterFault(
  operationId: string,
  { required, optional }: Operation,
  parameters: JsonObject,
): string | undefined {
  const missing = required.find((parameter) => !Object.hasOwn(parameters, parameter));
  if (missing !== undefined) return `the operation ${operationId} needs the parameter "${missing}"`;
  const allowed = [...required, ...optional];
  const extra = Object.keys(parameters).find((parameter) => !allowed.includes(parameter));
  return extra === undefined
    ? undefined
    : `the operation ${operationId} has no parameter "${extra}"; it takes ${allowed.join(', ')}`;
}
