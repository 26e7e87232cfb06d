import { IDENTIFIER_LIMITS, identifierSchema } from './identifiers.ts';
import { EVENT_TYPES } from './names.ts';

/** Actions with a meaning of their own; any other name that matches `ACTION_PATTERN` is a custom action. */
export const ACTIONS = ['view', 'click', 'search', 'add_to_cart', 'purchase', 'rate', 'dismiss', 'return'] as const;
export type KnownAction = (typeof ACTIONS)[number];

export const ACTION_PATTERN = '^[a-z][a-z0-9_.-]{0,63}$';

/** Limits that the API enforces and that the other parts rely on. */
export const EVENT_LIMITS = {
  /** Events in one request. */
  batch: 10_000,
  /** Bytes of one request body. */
  bodyBytes: 4 * 1024 * 1024,
  /** Bytes of one event as JSON. */
  eventBytes: 64 * 1024,
  idLength: IDENTIFIER_LIMITS.characters,
  queryLength: 512,
} as const;

/** What a person did. A user, or for an anonymous visitor a session, is always there; both may be. */
export interface Interaction {
  userId?: string;
  sessionId?: string;
  itemId?: string;
  action: string;
  /** Price paid, stars given: whatever number the action carries. */
  value?: number;
  /** Pieces, ≥ 1; a return is the action `return`, never a negative quantity. */
  quantity?: number;
  query?: string;
  channel?: string;
  location?: string;
}

/** CloudEvents 1.0 envelope (https://github.com/cloudevents/spec, JSON format). */
export interface CloudEvent<T> {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject?: string;
  /** RFC 3339. */
  time?: string;
  datacontenttype?: string;
  data: T;
}

export type InteractionEvent = CloudEvent<Interaction>;

/** Data of `attune.training.requested.v1`. */
export interface TrainingRequest {
  reason: string;
}

/** Data of `attune.model.published.v1`. */
export interface ModelPublished {
  version: string;
  channel: string;
  metrics: { hitRateAt10: number; ndcgAt10: number; users: number };
}

/** Data of `attune.recommendation.issued.v1`. */
export interface RecommendationIssued {
  requestId: string;
  userId: string;
  channel: string;
  modelVersion: string;
  items: { id: string; score: number; reason: string }[];
  issuedAt: string;
}

/**
 * Data of `attune.recommendation.served.v1`: one answer of the API. The events of hub `decisions` are CloudEvents batches
 * (JSON arrays), each with many of them.
 */
export interface RecommendationServed {
  requestId: string;
  /** `userSubject` or `sessionSubject`; absent when the caller sent the history itself. */
  subject?: string;
  channel?: string;
  location?: string;
  modelVersion: string;
  degraded: string[];
  /** In the order shown. */
  items: string[];
  scores: number[];
}

/** Data of `attune.catalogue.changed.v1`. */
export interface CatalogueChanged {
  changes: { itemId: string; change: 'written' | 'deleted' }[];
}

const shortText = { type: 'string', minLength: 1, maxLength: EVENT_LIMITS.idLength } as const;

/** JSON Schema (2020-12) of `Interaction`. Validators need the format `identifier` (`isIdentifier`). */
export const interactionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['action'],
  anyOf: [{ required: ['userId'] }, { required: ['sessionId'] }],
  properties: {
    userId: identifierSchema,
    sessionId: identifierSchema,
    itemId: identifierSchema,
    action: { type: 'string', pattern: ACTION_PATTERN },
    value: { type: 'number' },
    quantity: { type: 'number', exclusiveMinimum: 0 },
    query: { type: 'string', maxLength: EVENT_LIMITS.queryLength },
    channel: shortText,
    location: shortText,
  },
} as const;

/** JSON Schema of one interaction as a CloudEvent. Extension attributes (lower-case letters and digits) are allowed. */
export const interactionEventSchema = {
  $id: 'https://attune.dev/schemas/interaction-event.json',
  type: 'object',
  additionalProperties: false,
  required: ['specversion', 'id', 'source', 'type', 'data'],
  patternProperties: { '^(?!data$)[a-z0-9]{1,20}$': { type: ['string', 'number', 'boolean'] } },
  properties: {
    specversion: { const: '1.0' },
    id: shortText,
    source: { type: 'string', minLength: 1, maxLength: 256 },
    type: { const: EVENT_TYPES.interaction },
    subject: { type: 'string', maxLength: 256 },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { type: 'string', pattern: '^application/json(;.*)?$' },
    dataschema: { type: 'string' },
    data: interactionSchema,
  },
} as const;
