import { ExpressionError } from '../expressions/errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { providers, type ProviderId } from '../providers/registry.ts';
import { parameterOf, type Parameters } from './parameters.ts';
import { ProjectError } from './projectError.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { connectionStandIn, type StandIn } from './standIns.ts';

const FILE = 'connections.json';

/** A connection of connections.json, ready to be opened. */
export interface Connection {
  provider: ProviderId;
  /** Parameter values with their app settings resolved, as far as the stand-in leaves them in use. */
  values: JsonObject;
  /** True where a managed identity signs in. */
  byIdentity: boolean;
  standIn: StandIn;
}

/** Connections by name; one that cannot be used is the error that says why. */
export type Connections = ReadonlyMap<string, Connection | ProjectError>;

/** Reads `serviceProviderConnections`. Throws a `ProjectError` for a file that is none. */
export function loadConnections(args: {
  content: JsonObject;
  settings: Settings;
  parameters: Parameters;
}): Connections {
  const { serviceProviderConnections = {}, managedApiConnections = {}, ...others } = args.content;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined || !isObject(managedApiConnections) || Object.keys(managedApiConnections).length > 0)
    throw new ProjectError({
      file: FILE,
      fault: `${unknown ?? 'managedApiConnections'} is not supported by the local runner; use serviceProviderConnections`,
    });
  if (!isObject(serviceProviderConnections))
    throw new ProjectError({ file: FILE, fault: 'serviceProviderConnections must be an object' });
  const entries = Object.entries(serviceProviderConnections);
  return new Map(
    entries.map(([name, declared]) => [name, ProjectError.caught(() => loadConnection({ ...args, name, declared }))]),
  );
}

function loadConnection(args: {
  name: string;
  declared: Json;
  settings: Settings;
  parameters: Parameters;
}): Connection {
  const { declared, settings } = args;
  const place = `connection "${args.name}"`;
  const id = isObject(declared) && isObject(declared.serviceProvider) ? declared.serviceProvider.id : undefined;
  if (!isObject(declared) || !isObject(declared.parameterValues))
    throw new ProjectError({ file: FILE, fault: `${place} must have serviceProvider.id and parameterValues` });
  const provider = providers.find((known) => known.id === id);
  if (!provider)
    throw new ProjectError({
      file: FILE,
      fault: `${place} has the unknown service provider ${JSON.stringify(id ?? null)}; known are ${providers.map((known) => known.id).join(', ')}`,
    });
  const written = declared.parameterValues;
  const byIdentity = declared.parameterSetName === 'ManagedServiceIdentity';
  const standIn = byIdentity ? standInOf(written[provider.endpointParameter], settings, place) : {};
  const used = standIn.connectionString === undefined ? written : {};
  const parameters = (name: string) => parameterOf(args.parameters, name);
  const values = resolveSettings({ value: used, settings, file: FILE, place, parameters }) as JsonObject;
  const connection = { provider: provider.id, values, byIdentity, standIn };
  const fault = provider.connectionFault(connection);
  if (fault !== undefined) throw new ProjectError({ file: FILE, fault: `${place}: ${fault}` });
  return connection;
}

function standInOf(endpoint: Json | undefined, settings: Settings, place: string): StandIn {
  try {
    return connectionStandIn(endpoint, settings);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ProjectError({ file: FILE, fault: `${place}: ${error.message}` });
  }
}
