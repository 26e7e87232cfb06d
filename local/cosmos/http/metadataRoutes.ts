import { badRequest } from '../errors.ts';
import { isObject, parseBody, type Json, type JsonObject } from '../json.ts';
import { queryObjects } from '../operations/metadataQuery.ts';
import { definitionJson } from '../store/containerDefinition.ts';
import type { Catalog, Database } from '../store/catalog.ts';
import type { Container } from '../store/container.ts';
import { offerJson } from '../store/offers.ts';
import type { RouteContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { header, isTrue, throughputHeaders } from './headers.ts';
import { feedBody, type Reply } from './reply.ts';

const RANGE_ID = '0';
const MAXIMUM_QUERY_LENGTH = 512 * 1024;

/** `GET /`: where the account is reached; clients go on with the endpoint that they already use. */
export function account({ accountName, protocol, consistency }: RouteContext, { headers }: Exchange): Reply {
  const location = { name: 'Local', databaseAccountEndpoint: `${protocol}://${headers.host ?? '127.0.0.1'}/` };
  return json(200, {
    // A client would not trust the locations of an account that is named "localhost".
    id: accountName === 'localhost' ? 'local' : accountName,
    _self: '',
    _rid: `${accountName}.local`,
    media: '//media/',
    addresses: '//addresses/',
    _dbs: '//dbs/',
    writableLocations: [location],
    readableLocations: [location],
    enableMultipleWriteLocations: false,
    userReplicationPolicy: { asyncReplication: false, minReplicaSetSize: 1, maxReplicasetSize: 4 },
    userConsistencyPolicy: { defaultConsistencyLevel: consistency },
    systemReplicationPolicy: { minReplicaSetSize: 1, maxReplicasetSize: 4 },
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: '{}',
  });
}

export function databases({ catalog, now }: RouteContext, exchange: Exchange): Reply {
  const all = () => [...catalog.databases.values()].map(databaseJson);
  if (exchange.method === 'GET') return feed('', 'Databases', all());
  if (isQuery(exchange)) return feed('', 'Databases', query(exchange, all(), now()));
  const database = catalog.createDatabase(parseBody(exchange.body), throughputHeaders(exchange.headers));
  return json(201, databaseJson(database), database.etag);
}

export function database({ catalog }: RouteContext, { method }: Exchange, id: string): Reply {
  if (method === 'DELETE') {
    catalog.deleteDatabase(id);
    return { status: 204, charge: 4.95 };
  }
  const found = catalog.database(id);
  return json(200, databaseJson(found), found.etag);
}

export function containers({ catalog, now }: RouteContext, exchange: Exchange, databaseId: string): Reply {
  const all = () => [...catalog.database(databaseId).containers.values()].map(containerJson);
  const rid = catalog.databases.get(databaseId)?.rid ?? '';
  if (exchange.method === 'GET') return feed(rid, 'DocumentCollections', all());
  if (isQuery(exchange)) return feed(rid, 'DocumentCollections', query(exchange, all(), now()));
  const throughput = throughputHeaders(exchange.headers);
  const container = catalog.createContainer(databaseId, parseBody(exchange.body), throughput);
  return { ...json(201, containerJson(container), container.etag), container };
}

export function container({ catalog }: RouteContext, exchange: Exchange, databaseId: string, id: string): Reply {
  if (exchange.method === 'DELETE') {
    catalog.deleteContainer(databaseId, id);
    return { status: 204, charge: 4.95 };
  }
  const found = catalog.containerItself(databaseId, id);
  if (exchange.method === 'PUT') catalog.replaceContainer(found, parseBody(exchange.body));
  return { ...json(200, containerJson(found), found.etag), container: found, headers: quota(exchange, found) };
}

/** There is one physical partition. */
export function partitionKeyRanges({ catalog }: RouteContext, databaseId: string, id: string): Reply {
  const found = catalog.containerItself(databaseId, id);
  const range = {
    id: RANGE_ID,
    _rid: found.rid,
    _self: `${found.self}pkranges/${RANGE_ID}/`,
    _etag: found.etag,
    _ts: found.seconds,
    minInclusive: '',
    maxExclusive: 'FF',
    ridPrefix: 0,
    throughputFraction: 1,
    status: 'online',
    parents: [],
  };
  return { ...feed(found.rid, 'PartitionKeyRanges', [range]), container: found, etag: found.etag };
}

/** An account that is written in one place has no conflicts. */
export function conflicts({ catalog }: RouteContext, databaseId: string, id: string): Reply {
  return feed(catalog.container(databaseId, id).rid, 'Conflicts', []);
}

export function offers({ catalog, now }: RouteContext, exchange: Exchange): Reply {
  requireOffers(catalog);
  const all = catalog.offers.all.map(offerJson);
  return feed('', 'Offers', isQuery(exchange) ? query(exchange, all, now()) : all);
}

export function offer({ catalog }: RouteContext, exchange: Exchange, id: string): Reply {
  requireOffers(catalog);
  const { offers } = catalog;
  const found = exchange.method === 'PUT' ? offers.replace(id, parseBody(exchange.body)) : offers.byId(id);
  const body = offerJson(found);
  return json(200, body, body._etag as string);
}

function requireOffers({ serverless }: Catalog): void {
  if (serverless) throw badRequest('Reading or replacing offers is not supported for serverless accounts.');
}

/** Whether a POST asks instead of creating. */
export function isQuery({ headers }: Exchange): boolean {
  return (
    isTrue(headers, 'x-ms-documentdb-isquery') ||
    (header(headers, 'content-type') ?? '').startsWith('application/query+json')
  );
}

/** Reads `{query, parameters}`. */
export function queryBody(body: Buffer): { text: string; parameters: { name: string; value?: Json }[] } {
  const input = parseBody(body);
  const { query: text, parameters = [] } = isObject(input) ? input : {};
  if (typeof text === 'string' && text.length > MAXIMUM_QUERY_LENGTH) {
    throw badRequest(
      `The SQL query text exceeded the maximum limit of ${MAXIMUM_QUERY_LENGTH} characters: ${text.length}.`,
    );
  }
  if (typeof text !== 'string')
    throw badRequest('The body of a query must be {"query": "SELECT …", "parameters": […]}.');
  if (!Array.isArray(parameters) || !parameters.every((entry) => isObject(entry) && typeof entry.name === 'string')) {
    throw badRequest('"parameters" of a query must be an array of {"name": "@name", "value": …}.');
  }
  return { text, parameters: parameters as unknown as { name: string; value?: Json }[] };
}

export function databaseJson({ id, rid, self, etag, seconds }: Database): JsonObject {
  return { id, _rid: rid, _self: self, _etag: etag, _colls: 'colls/', _users: 'users/', _ts: seconds };
}

export function containerJson({ definition, rid, self, etag, seconds }: Container): JsonObject {
  return {
    ...definitionJson(definition),
    _rid: rid,
    _self: self,
    _etag: etag,
    _docs: 'docs/',
    _sprocs: 'sprocs/',
    _triggers: 'triggers/',
    _udfs: 'udfs/',
    _conflicts: 'conflicts/',
    _ts: seconds,
  };
}

/** The size of a container, when the client asks for it. */
function quota({ headers }: Exchange, found: Container): string[] {
  if (!isTrue(headers, 'x-ms-documentdb-populatequotainfo')) return [];
  const { documents, bytes } = found.table.size(found.nowSeconds);
  const kilobytes = Math.ceil(bytes / 1024);
  return [
    'x-ms-resource-usage',
    `documentsSize=${kilobytes};documentsCount=${documents};collectionSize=${kilobytes};storedProcedures=0;triggers=0;functions=0`,
  ];
}

function query({ body }: Exchange, objects: JsonObject[], now: number): Json[] {
  const { text, parameters } = queryBody(body);
  return queryObjects(text, parameters, objects, now);
}

function feed(rid: string, name: string, objects: readonly Json[]): Reply {
  const rows = objects.map((object) => JSON.stringify(object));
  return { status: 200, charge: 1, body: feedBody(rid, name, rows), itemCount: rows.length };
}

function json(status: number, body: Json, etag?: string): Reply {
  return { status, charge: 1, body: JSON.stringify(body), etag };
}
