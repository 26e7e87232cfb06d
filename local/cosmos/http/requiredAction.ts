import { ACTIONS } from '../../identity/roles.ts';
import type { Exchange } from './exchange.ts';
import { header, isTrue } from './headers.ts';
import { isQuery } from './metadataRoutes.ts';

/** What a request needs a role for: a data action on the account, a database or a container. */
export interface RequiredAction {
  action: string;
  /** Below the account: ``, `/dbs/<database>` or `/dbs/<database>/colls/<container>`. */
  scope: string;
}

const { cosmos: ACTION } = ACTIONS;

/**
 * The data action behind a request ("Data plane security reference" of Cosmos DB for NoSQL). Undefined for what tokens
 * cannot do at all: databases and containers are made and deleted through Azure Resource Manager alone. A batch is
 * checked as an upsert.
 */
export function requiredAction(exchange: Exchange): RequiredAction | undefined {
  const { method, segments } = exchange;
  const scope = segments.length < 2 ? '' : `/${segments.slice(0, segments[2] === 'colls' ? 4 : 2).join('/')}`;
  if (segments[4] === 'docs') {
    const action = documentAction(exchange);
    return action === undefined ? undefined : { action, scope };
  }
  const reads = method === 'GET' || (method === 'POST' && isQuery(exchange));
  return reads ? { action: ACTION.readMetadata, scope } : undefined;
}

function documentAction(exchange: Exchange): string | undefined {
  const { method, segments, headers } = exchange;
  switch (method) {
    case 'GET':
      if (segments.length > 5) return ACTION.read;
      return header(headers, 'a-im') === undefined ? ACTION.query : ACTION.readChangeFeed;
    case 'POST':
      if (isQuery(exchange)) return ACTION.query;
      if (isTrue(headers, 'x-ms-documentdb-is-upsert') || isTrue(headers, 'x-ms-cosmos-is-batch-request')) {
        return ACTION.upsert;
      }
      return ACTION.create;
    case 'PUT':
    case 'PATCH':
      return ACTION.replace;
    case 'DELETE':
      return ACTION.delete;
    default:
      return undefined;
  }
}
