import { badRequest, CosmosError, notFound, SUBSTATUS } from '../errors.ts';
import type { RouteContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { header } from './headers.ts';
import { deletePartition, item, items } from './itemRoutes.ts';
import {
  account,
  conflicts,
  container,
  containers,
  database,
  databases,
  offer,
  offers,
  partitionKeyRanges,
} from './metadataRoutes.ts';
import type { Reply } from './reply.ts';

/** Kinds of resources that Cosmos DB has and this service does not. */
const UNSUPPORTED = ['sprocs', 'triggers', 'udfs', 'users', 'permissions', 'clientencryptionkeys', 'attachments'];

/** Finds what a request is about and has it done. Methods that a resource does not have: 405; unknown paths: 404. */
export function route(context: RouteContext, exchange: Exchange): Reply | Promise<Reply> {
  const { segments } = exchange;
  const [root, first = '', collection, second = '', kind, third = ''] = segments;
  if (root === undefined) return allow(exchange, ['GET'], () => account(context, exchange));
  if (root === 'offers') {
    if (segments.length === 1) return allow(exchange, ['GET', 'POST'], () => offers(context, exchange));
    if (segments.length === 2) return allow(exchange, ['GET', 'PUT'], () => offer(context, exchange, first));
  }
  if (root !== 'dbs') throw unknownPath(segments);
  if (segments.length === 1) return allow(exchange, ['GET', 'POST'], () => databases(context, exchange));
  if (segments.length === 2) return allow(exchange, ['GET', 'DELETE'], () => database(context, exchange, first));
  if (collection !== 'colls') throw unknownPath(segments);
  if (segments.length === 3) return allow(exchange, ['GET', 'POST'], () => containers(context, exchange, first));
  if (segments.length === 4) {
    return allow(exchange, ['GET', 'PUT', 'DELETE'], () => container(context, exchange, first, second));
  }
  if (segments.length === 5 && kind === 'pkranges') {
    return allow(exchange, ['GET'], () => partitionKeyRanges(context, first, second));
  }
  if (segments.length === 5 && kind === 'conflicts') {
    return allow(exchange, ['GET'], () => conflicts(context, first, second));
  }
  const owner = () => context.catalog.container(first, second);
  if (kind === 'docs') {
    requireKnownRange(exchange);
    if (segments.length === 5) return allow(exchange, ['GET', 'POST'], () => items(context, exchange, owner()));
    if (segments.length === 6) {
      return allow(exchange, ['GET', 'PUT', 'PATCH', 'DELETE'], () => item(context, exchange, owner(), third));
    }
  }
  if (kind === 'operations' && third === 'partitionkeydelete' && segments.length === 6) {
    return allow(exchange, ['POST'], () => deletePartition(context, exchange, owner()));
  }
  throw unknownPath(segments);
}

function allow<T>({ method }: Exchange, methods: string[], handle: () => T): T {
  if (methods.includes(method)) return handle();
  throw new CosmosError(`The method ${method} is not allowed here: allowed are ${methods.join(', ')}.`, {
    status: 405,
  });
}

/** A client that knows another range than the only one has to ask for the ranges again. */
function requireKnownRange({ headers }: Exchange): void {
  const range = header(headers, 'x-ms-documentdb-partitionkeyrangeid');
  if (range === undefined || range === '0' || range.endsWith(',0')) return;
  throw new CosmosError(`The partition key range "${range}" is gone.`, {
    status: 410,
    substatus: SUBSTATUS.rangeGone,
  });
}

function unknownPath(segments: readonly string[]): CosmosError {
  const unsupported = segments.find((segment, index) => index % 2 === 0 && UNSUPPORTED.includes(segment));
  return unsupported
    ? badRequest(`Resources of kind "${unsupported}" are not supported by the local service.`)
    : notFound();
}
