import { categoryNames, identifier, object, text, type Schema } from './common.ts';

export const MAX_ITEMS = 10_000;

const fields = {
  title: text(500),
  categories: { ...categoryNames, default: [] },
  price: { type: 'number', minimum: 0 },
  available: { type: 'boolean', default: true, description: 'Whether the item may be recommended.' },
  attributes: {
    type: 'object',
    maxProperties: 100,
    propertyNames: text(100),
    additionalProperties: { type: ['string', 'number', 'boolean'], maxLength: 1_000, format: 'unicode' },
  },
} as const;

/** Body of `PUT /v1/items/{itemId}`. */
export const itemFieldsSchema: Schema = { ...object(fields, ['title']), title: 'ItemFields' };

/** One entry of `POST /v1/items:batch`. */
export const newItemSchema: Schema = {
  ...object({ itemId: identifier, ...fields }, ['itemId', 'title']),
  title: 'NewItem',
};

export const itemBatchSchema: Schema = {
  ...object({ items: { type: 'array', maxItems: MAX_ITEMS, items: newItemSchema } }, ['items']),
  title: 'ItemBatch',
};

/** An item as it is answered. */
export const itemSchema: Schema = {
  title: 'Item',
  type: 'object',
  required: ['itemId', 'title', 'categories', 'available', 'updatedAt'],
  properties: {
    itemId: { type: 'string' },
    title: { type: 'string' },
    categories: { type: 'array', items: { type: 'string' } },
    price: { type: 'number' },
    available: { type: 'boolean' },
    attributes: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    updatedAt: { type: 'string' },
  },
};

export const writtenSchema: Schema = {
  title: 'Written',
  type: 'object',
  required: ['written'],
  properties: { written: { type: 'integer', description: 'How many items were written.' } },
};
