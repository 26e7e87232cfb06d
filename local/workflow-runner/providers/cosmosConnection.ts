import { CosmosClient, ErrorResponse, PatchOperationType, type Container, type PatchOperation } from '@azure/cosmos';
import { isObject, parseJson, type Json, type JsonObject } from '../json.ts';
import { authProviderIdentity, managedIdentity } from './identity.ts';
import { ProviderError, statusWord, type ConnectionValues, type ProviderClient } from './provider.ts';

/** The operations of `cosmosProvider` on an account. */
export function openCosmosConnection(connection: ConnectionValues): ProviderClient {
  const client = cosmosClient(connection);
  return { call: (args) => callOperation(client, args) };
}

function cosmosClient({ values, byIdentity, standIn }: ConnectionValues): CosmosClient {
  if (standIn.connectionString !== undefined) return new CosmosClient(standIn.connectionString);
  if (!byIdentity) return new CosmosClient(String(values.connectionString));
  const aadCredentials = managedIdentity(authProviderIdentity(values.authProvider));
  return new CosmosClient({ endpoint: String(values.accountEndpoint), aadCredentials });
}

type Call = Parameters<ProviderClient['call']>[0];

async function callOperation(client: CosmosClient, { operation, parameters, signal }: Call): Promise<Json> {
  const container = client.database(text(parameters, 'databaseId')).container(text(parameters, 'containerId'));
  const options = {
    abortSignal: signal,
    ...(typeof parameters.sessionToken === 'string' && { sessionToken: parameters.sessionToken }),
  };
  try {
    switch (operation) {
      case 'ReadDocument':
        return document(await item(container, parameters).read(options));
      case 'PatchItem':
        return document(await item(container, parameters).patch(patchOperations(parameters), options));
      case 'DeleteDocument':
        return document(await item(container, parameters).delete(options));
      case 'CreateOrUpdateDocument':
        return document(await write(container, parameters, options));
      default:
        return await query(container, parameters, options);
    }
  } catch (error) {
    throw toProviderError(error);
  }
}

function item(container: Container, parameters: JsonObject) {
  return container.item(text(parameters, 'itemId'), text(parameters, 'partitionKey'));
}

/** The connector upserts unless it is told not to; an etag makes the write conditional. */
function write(container: Container, parameters: JsonObject, options: { abortSignal: AbortSignal }) {
  const { etag, isUpsert = true } = parameters;
  const content = documentOf(parameters.item, 'item');
  const condition = typeof etag === 'string' ? { accessCondition: { type: 'IfMatch', condition: etag } } : {};
  return isUpsert === true
    ? container.items.upsert(content, { ...options, ...condition })
    : container.items.create(content, { ...options, ...condition });
}

/** A document is written as an object or as its text. */
function documentOf(written: Json | undefined, name: string): JsonObject {
  let content = written;
  try {
    if (typeof written === 'string') content = parseJson(written);
  } catch (error) {
    throw refused(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (isObject(content)) return content;
  throw refused(`${name} must be a JSON object, not ${JSON.stringify(content ?? null).slice(0, 60)}`);
}

async function query(container: Container, parameters: JsonObject, options: object): Promise<Json> {
  const { partitionKey, continuationToken, maxItemCount } = parameters;
  const iterator = container.items.query<Json>(text(parameters, 'queryText'), {
    ...options,
    ...(typeof partitionKey === 'string' && { partitionKey }),
    ...(typeof continuationToken === 'string' && { continuationToken }),
    ...(maxItemCount !== undefined && { maxItemCount: Number(maxItemCount) }),
  });
  const page = await iterator.fetchNext();
  const items = page.resources ?? [];
  return {
    items,
    count: items.length,
    continuationToken: page.continuationToken ?? null,
    requestCharge: String(page.requestCharge),
    activityId: page.activityId,
  };
}

function document(response: Awaited<ReturnType<ReturnType<typeof item>['read']>>): JsonObject {
  const content = response.resource as JsonObject | undefined;
  if (response.statusCode === 404) throw notFound();
  return {
    id: content?.id ?? null,
    content: content ?? null,
    eTag: response.etag ?? null,
    timestamp: content?._ts ?? null,
    activityId: response.activityId,
    requestCharge: String(response.requestCharge),
    sessionToken: String(response.headers['x-ms-session-token'] ?? ''),
  };
}

const PATCH_TYPES: Record<string, PatchOperation['op']> = {
  add: PatchOperationType.add,
  remove: PatchOperationType.remove,
  replace: PatchOperationType.replace,
  set: PatchOperationType.set,
  increment: PatchOperationType.incr,
};

function patchOperations({ patchOperations: list }: JsonObject): PatchOperation[] {
  if (!Array.isArray(list)) throw refused('patchOperations must be an array');
  return list.map((operation) => {
    const { type, path, value } = isObject(operation) ? operation : {};
    const op = PATCH_TYPES[String(type).toLowerCase()];
    if (op === undefined || typeof path !== 'string')
      throw refused(`patchOperations need a path and one of the types ${Object.keys(PATCH_TYPES).join(', ')}`);
    return { op, path, ...(value !== undefined && { value }) } as PatchOperation;
  });
}

function text(parameters: JsonObject, name: string): string {
  const value = parameters[name];
  if (typeof value === 'string' && value !== '') return value;
  throw refused(`${name} must be a text, not ${JSON.stringify(value ?? null)}`);
}

function refused(why: string): ProviderError {
  return new ProviderError({ statusCode: 400, code: 'BadRequest', message: why });
}

function notFound(): ProviderError {
  const message = 'Response status code does not indicate success: NotFound (404); Reason: the item does not exist.';
  return new ProviderError({ statusCode: 404, code: 'NotFound', message });
}

/** The message begins as that of the connector's own client does, which workflows may look at. */
function toProviderError(error: unknown): unknown {
  if (!(error instanceof ErrorResponse) || typeof error.code !== 'number') return error;
  const code = statusWord(error.code);
  const message = `Response status code does not indicate success: ${code} (${error.code}); Reason: ${error.message}`;
  return new ProviderError({ statusCode: error.code, code, message, cause: error });
}
