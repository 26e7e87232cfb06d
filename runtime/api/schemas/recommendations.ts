import { ACTION_PATTERN } from '../../contracts/events.ts';
import { categoryNames, identifier, itemIds, limit, MAX_IDS, object, type Schema } from './common.ts';

const includeSeen = {
  type: 'boolean',
  default: false,
  description: 'Also items that the subject had to do with. By default they are left out.',
} as const;

const channel = { ...identifier, description: 'Where the recommendation is shown, e.g. web or email.' };
const category = { ...categoryNames, description: 'Only items in one of these categories. Repeat for several.' };

/** Query of `GET /v1/users/{userId}/recommendations`. */
export const recommendationsQuerySchema: Schema = object({
  limit,
  channel,
  category,
  exclude: {
    type: 'array',
    maxItems: 1_000,
    items: { type: 'string', minLength: 1, maxLength: 16_384 },
    description: 'Items to leave out: repeat, or separate by commas. For ids with a comma use the POST call.',
  },
  includeSeen,
});

/** Query of the calls that list items without a person. */
export const listQuerySchema: Schema = object({ limit, category });

const historyItem = object(
  {
    itemId: identifier,
    action: { type: 'string', pattern: ACTION_PATTERN, default: 'view' },
  },
  ['itemId'],
);

/** Body of `POST /v1/recommendations`. */
export const recommendationRequestSchema: Schema = {
  ...object({
    userId: identifier,
    sessionId: identifier,
    history: {
      type: 'array',
      maxItems: 1_000,
      items: historyItem,
      description: 'What an anonymous visitor did, most recent last.',
    },
    limit,
    context: object({ channel, location: identifier }),
    filters: object({
      categories: categoryNames,
      minPrice: { type: 'number', minimum: 0 },
      maxPrice: { type: 'number', minimum: 0 },
      exclude: itemIds,
      candidates: { ...itemIds, description: 'Recommend nothing but these.' },
      includeSeen,
    }),
    boosts: {
      type: 'object',
      maxProperties: MAX_IDS,
      propertyNames: identifier,
      additionalProperties: { type: 'number', minimum: 0, maximum: 1_000 },
      description: 'Factor by item id: its score is multiplied by it.',
    },
  }),
  title: 'RecommendationRequest',
  oneOf: [{ required: ['userId'] }, { required: ['sessionId'] }, { required: ['history'] }],
};

export const recommendationsSchema: Schema = {
  title: 'Recommendations',
  type: 'object',
  required: ['requestId', 'modelVersion', 'degraded', 'items'],
  properties: {
    requestId: { type: 'string' },
    modelVersion: { type: 'string', description: '`none` while there is no model.' },
    degraded: {
      type: 'array',
      description: 'Empty, or why the answer is not the best one.',
      items: { type: 'string', enum: ['no-model', 'stale-model', 'no-profile', 'store-unavailable'] },
    },
    items: {
      type: 'array',
      items: {
        title: 'RecommendedItem',
        type: 'object',
        required: ['id', 'score', 'reason'],
        properties: {
          id: { type: 'string' },
          score: { type: 'number' },
          reason: { type: 'string', description: 'One sentence why, from what really contributed.' },
        },
      },
    },
  },
};
