import type { Json, JsonObject } from '../../json.ts';
import type { ServedWorkflow } from '../../servedWorkflow.ts';
import type { RunQuery } from '../../store/runStore.ts';
import { HttpError } from '../httpError.ts';
import { MANAGEMENT_PATH } from './links.ts';
import type { PathParts } from './pathRoutes.ts';

/** A call of the management API. */
export interface Call {
  workflows: ReadonlyMap<string, ServedWorkflow>;
  path: PathParts;
  query: URLSearchParams;
  /** `http://127.0.0.1:<port>`. */
  origin: string;
}

/** What goes back. */
export interface Managed {
  status: number;
  headers?: Record<string, string>;
  body?: Json;
}

export type Handler = (call: Call) => Managed | Promise<Managed>;

/** The workflow that the path names. */
export function served({ workflows, path: { workflow = '' } }: Pick<Call, 'workflows' | 'path'>): ServedWorkflow {
  const found = workflows.get(workflow.toLowerCase());
  if (found) return found;
  throw new HttpError({ status: 404, code: 'WorkflowNotFound', message: `The workflow '${workflow}' does not exist.` });
}

const PAGE = 30;
const LARGEST_PAGE = 250;

/** One page of a list, newest first; `nextLink` leads to the next one. */
export function page<Item extends { id: string }>(
  { query, origin }: Call,
  path: string,
  read: (query: RunQuery) => Item[],
  describe: (item: Item) => JsonObject,
): JsonObject {
  const limit = Number(query.get('$top') ?? PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE)
    throw new HttpError({
      status: 400,
      code: 'InvalidTop',
      message: `$top must be a whole number from 1 to ${LARGEST_PAGE}.`,
    });
  const items = read({ limit, after: query.get('$skiptoken') ?? '' });
  const last = items.length === limit ? items.at(-1) : undefined;
  const next = new URLSearchParams(query);
  next.set('$skiptoken', last?.id ?? '');
  return {
    value: items.map(describe),
    ...(last && { nextLink: `${origin}${MANAGEMENT_PATH}${path}?${next.toString()}` }),
  };
}
