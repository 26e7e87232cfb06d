/**
 * Names that infrastructure and code share: hubs, consumer groups, Cosmos containers, blob containers and the types of
 * business events. Components create them, the runtime opens them; neither writes such a name by hand.
 */

export const HUBS = {
  interactions: 'interactions',
  decisions: 'decisions',
  outcomes: 'outcomes',
  /** Business events that workflows act on, in the order of their user; Event Grid delivers them. */
  announcements: 'announcements',
} as const;

/** One consumer group per reader; `$Default` is never used. */
export const CONSUMER_GROUPS = {
  interactions: ['ingest'],
  decisions: ['join'],
  outcomes: ['join'],
  announcements: ['workflows'],
} as const satisfies Record<keyof typeof HUBS, readonly string[]>;

/** Functions of the function app: it registers them, the infrastructure keeps one warm and sends events to one. */
export const FUNCTIONS = {
  /** Applies interactions. */
  ingest: 'ingest',
  /** Learns from what ingest has applied. */
  transitions: 'transitions',
  /** Trains on request. */
  train: 'train',
  /** Looks for overdue training. */
  refresh: 'refresh',
  health: 'health',
} as const;

export const DATABASE = 'attune';

/** Cosmos containers with what their documents need; the document types are in `documents.ts`. */
export const CONTAINERS = {
  /** What is known of a user or an anonymous session. */
  profiles: { name: 'profiles', partitionKey: '/subject', defaultTtl: -1 },
  /** The catalogue. */
  items: { name: 'items', partitionKey: '/id', defaultTtl: -1 },
  /** What ingest learned from each batch, with the position of each hub partition. */
  signals: { name: 'signals', partitionKey: '/partition', defaultTtl: -1 },
  /** Positions of the functions that follow a change feed. */
  leases: { name: 'leases', partitionKey: '/id', defaultTtl: undefined },
} as const;

export const BLOB_CONTAINERS = {
  /** Models, their manifests and the channels that point at one. */
  models: 'models',
  /** State of the stream learner, one blob per hub partition. */
  learner: 'learner',
  /** Interactions that ingest could not apply, with the reason. */
  deadLetter: 'dead-letter',
  /** Events that Event Grid could not deliver. */
  gridDeadLetter: 'grid-dead-letter',
  /** Deployment packages of the apps. */
  packages: 'packages',
} as const;

/** Types of the CloudEvents in the system. */
export const EVENT_TYPES = {
  interaction: 'attune.interaction.v1',
  /** A recommendation was made for an outbound channel (email, push), so that campaigns can act on it. */
  recommendationIssued: 'attune.recommendation.issued.v1',
  /** The API answered with recommendations; data is `RecommendationServed`. In hub `decisions` only. */
  recommendationServed: 'attune.recommendation.served.v1',
  /** Catalogue items were written or deleted; data is `CatalogueChanged`. */
  catalogueChanged: 'attune.catalogue.changed.v1',
  /** Asks for a training run; data is `TrainingRequest`. */
  trainingRequested: 'attune.training.requested.v1',
  modelPublished: 'attune.model.published.v1',
} as const;
