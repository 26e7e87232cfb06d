import type { FastifyInstance } from 'fastify';
import { EVENT_LIMITS, type CatalogueChanged } from '../../contracts/events.ts';
import type { Principal } from '../auth/authenticate.ts';
import { invalidRequest } from '../http/requestValidation.ts';
import { Problem, unavailable, type Fault } from '../http/problem.ts';
import { describeError } from '../log.ts';
import { identifier, object } from '../schemas/common.ts';
import { itemBatchSchema, itemFieldsSchema, itemSchema, writtenSchema } from '../schemas/items.ts';
import type { NewItem } from '../services/catalogue.ts';
import { isUnavailable } from '../services/storeErrors.ts';
import type { Services } from '../services/services.ts';

type ItemFields = Omit<NewItem, 'itemId'>;
type Change = CatalogueChanged['changes'][number]['change'];

const RETRY_AFTER_SECONDS = 2;
const params = object({ itemId: identifier }, ['itemId']);
const tags = ['catalogue'];

/** The calls that keep the catalogue. */
export function itemRoutes(app: FastifyInstance, { catalogue, announcements, log }: Services): void {
  const announce = ({ tenant }: Principal, items: readonly { itemId: string }[], change: Change) =>
    announcements.catalogueChanged(
      tenant,
      items.map(({ itemId }) => ({ itemId, change })),
    );

  /** Turns a store that does not answer into 503. */
  const stored = async <T>(operation: Promise<T>): Promise<T> => {
    try {
      return await operation;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log('warn', 'the catalogue cannot be written', { error: describeError(error) });
      throw unavailable('The catalogue cannot be written at the moment.', RETRY_AFTER_SECONDS);
    }
  };

  app.put<{ Params: { itemId: string }; Body: ItemFields }>(
    '/v1/items/:itemId',
    {
      schema: {
        operationId: 'putItem',
        tags,
        summary: 'Write an item',
        params,
        body: itemFieldsSchema,
        response: { 200: itemSchema, 201: itemSchema },
      },
    },
    async ({ principal, params: { itemId }, body }, reply) => {
      const isNew = catalogue.get(itemId) === undefined;
      const [written] = await stored(catalogue.put([{ itemId, ...body }]));
      announce(principal, [{ itemId }], 'written');
      return reply.code(isNew ? 201 : 200).send(written);
    },
  );

  app.post<{ Body: { items: NewItem[] } }>(
    '/v1/items::batch',
    {
      bodyLimit: EVENT_LIMITS.bodyBytes,
      schema: {
        operationId: 'putItems',
        tags,
        summary: 'Write many items',
        description: 'After an answer 503 some of the items may have been written; sending all of them again is safe.',
        body: itemBatchSchema,
        response: { 200: writtenSchema },
      },
    },
    async ({ principal, body: { items } }) => {
      refuseRepeats(items);
      await stored(catalogue.put(items));
      announce(principal, items, 'written');
      return { written: items.length };
    },
  );

  app.get<{ Params: { itemId: string } }>(
    '/v1/items/:itemId',
    { schema: { operationId: 'getItem', tags, summary: 'Read an item', params, response: { 200: itemSchema } } },
    async ({ params: { itemId } }) => {
      const item = catalogue.get(itemId);
      if (item) return item;
      if (!catalogue.loaded) throw unavailable('The catalogue has not been loaded yet.', RETRY_AFTER_SECONDS);
      throw missing(itemId);
    },
  );

  app.delete<{ Params: { itemId: string } }>(
    '/v1/items/:itemId',
    { schema: { operationId: 'deleteItem', tags, summary: 'Delete an item', params, response: { 204: {} } } },
    async ({ principal, params: { itemId } }, reply) => {
      if (!(await stored(catalogue.delete(itemId)))) throw missing(itemId);
      announce(principal, [{ itemId }], 'deleted');
      return reply.code(204).send();
    },
  );
}

function missing(itemId: string): Problem {
  return new Problem('not-found', `The catalogue has no item "${itemId}".`);
}

function refuseRepeats(items: readonly NewItem[]): void {
  const first = new Map<string, number>();
  const faults: Fault[] = [];
  items.forEach(({ itemId }, index) => {
    const earlier = first.get(itemId);
    if (earlier === undefined) first.set(itemId, index);
    else faults.push({ index, path: `/items/${index}/itemId`, reason: `is the same as that of entry ${earlier}` });
  });
  if (faults.length > 0) throw invalidRequest(faults);
}
