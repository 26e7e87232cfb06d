import {
  POPULARITY_HALF_LIFE_DAYS,
  type ItemDocument,
  type ProfileDocument,
  type SignalDocument,
} from '../contracts/documents.ts';
import { authenticator } from './auth/authenticate.ts';
import { repeatedErrors, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { ApiSettings } from './settings.ts';
import { Announcements, type Publisher } from './services/announcements.ts';
import { Catalogue } from './services/catalogue.ts';
import type { ChangeFeed } from './services/changeFeed.ts';
import { DecisionLog } from './services/decisionLog.ts';
import { EventSender } from './services/eventSender.ts';
import { ModelStore, type ModelRegistry } from './services/modelStore.ts';
import type { HubProducer } from './services/partitionSender.ts';
import { PopularItems } from './services/popularItems.ts';
import { ProfileCache } from './services/profileCache.ts';
import { StartUp } from './services/readiness.ts';
import { Recommendations } from './services/recommendations.ts';
import type { Services } from './services/services.ts';
import { Trending, type PopularitySnapshot } from './services/trending.ts';

/** Everything outside the process. Tests put doubles here, `main.ts` the Azure clients. */
export interface Ports {
  readProfile(subject: string): Promise<ProfileDocument | undefined>;
  /** Changes of profiles from now on. */
  profileFeed(): ChangeFeed<ProfileDocument>;
  writeItem(document: ItemDocument): Promise<string>;
  /** Changes of items from the beginning. */
  itemFeed(): ChangeFeed<ItemDocument>;
  readPopularitySnapshots(): Promise<PopularitySnapshot[]>;
  /** Changes of signals from the beginning. */
  signalFeed(): ChangeFeed<SignalDocument>;
  registry: ModelRegistry;
  interactions: HubProducer;
  decisions: HubProducer;
  publisher: Publisher;
}

export interface RunningServices {
  services: Services;
  /** Sends what is still queued, then stops following the stores and closes the connections. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  log: Log;
  /** Also measure the process itself: CPU, memory, event loop. */
  processMetrics?: boolean;
}

const POPULARITY_HALF_LIFE_MS = POPULARITY_HALF_LIFE_DAYS * 24 * 3_600_000;

/** Starts the services over their ports. */
export function startServices(
  settings: ApiSettings,
  ports: Ports,
  { log, processMetrics = false }: ServiceOptions,
): RunningServices {
  const metrics = createMetrics({ defaults: processMetrics });
  const profiles = new ProfileCache({
    read: ports.readProfile,
    openFeed: ports.profileFeed,
    onError: repeatedErrors(log, 'profiles cannot be read'),
    onLookup: (hit) => (hit ? metrics.profileHits : metrics.profileMisses).inc(),
  });
  const catalogue = new Catalogue({
    feed: ports.itemFeed(),
    write: ports.writeItem,
    onError: repeatedErrors(log, 'the catalogue cannot be read'),
  });
  const trending = new Trending({
    readSnapshots: ports.readPopularitySnapshots,
    openFeed: ports.signalFeed,
    halfLifeMs: POPULARITY_HALF_LIFE_MS,
    onError: repeatedErrors(log, 'trending counts cannot be read'),
  });
  const models = startModels(ports.registry, metrics, log);
  const popular = new PopularItems({ catalogue, trending, model: () => models.recommender });
  const recommendations = new Recommendations({ profiles, models, catalogue, popular });
  const events = new EventSender({
    producer: ports.interactions,
    onError: repeatedErrors(log, 'events cannot be sent'),
  });
  const decisions = new DecisionLog({
    producer: ports.decisions,
    onDropped: dropped(metrics.decisionsDropped, log, 'answers could not be logged'),
  });
  const announcements = new Announcements({
    publisher: ports.publisher,
    outboundChannels: settings.outboundChannels,
    onDropped: dropped(metrics.announcementsDropped, log, 'announcements could not be published'),
  });
  const startUp = new StartUp([catalogue.loading, models.firstPoll]);

  metrics.gauge('attune_profiles_lag_seconds', 'Age of the last read of profile changes.', () => profiles.lag / 1_000);
  metrics.gauge('attune_profiles_cached', 'Profiles in the cache.', () => profiles.size);
  metrics.gauge('attune_catalogue_lag_seconds', 'Age of the last read of items.', () => catalogue.lag / 1_000);
  metrics.gauge('attune_catalogue_items', 'Items in the catalogue.', () => catalogue.size);
  metrics.gauge('attune_trending_lag_seconds', 'Age of the last read of signals.', () => trending.lag / 1_000);
  metrics.gauge('attune_events_queued_bytes', 'Bytes of events that wait for the hub.', () => events.queuedBytes);

  return {
    services: {
      authenticate: authenticator(settings),
      log,
      metrics,
      events,
      recommendations,
      catalogue,
      decisions,
      announcements,
      readiness: () => ({
        ready: startUp.done,
        checks: {
          catalogue: catalogue.failing ? 'unavailable' : catalogue.loaded ? 'loaded' : 'loading',
          model: models.version ?? 'none',
          profiles: profiles.stale ? 'stale' : 'fresh',
        },
      }),
    },
    async close() {
      // First what was promised, then the rest.
      await Promise.all([events.close(), decisions.close(), announcements.close()]);
      recommendations.close();
      models.close();
      trending.close();
      catalogue.close();
      profiles.close();
    },
  };
}

function startModels(registry: ModelRegistry, metrics: Metrics, log: Log): ModelStore {
  const report = repeatedErrors(log, 'the model of the stable channel cannot be served');
  let loadedAt = 0;
  const models = new ModelStore({
    registry,
    onSwap: ({ version }) => {
      loadedAt = Date.now();
      metrics.modelLoads.inc();
      log('info', 'model in service', { version });
    },
    onError: (error) => {
      metrics.modelRefusals.inc();
      report(error);
    },
  });
  metrics.modelVersion(() => models.version);
  metrics.gauge('attune_model_age_seconds', 'Time that the current model has served; 0 without one.', () =>
    loadedAt === 0 ? 0 : (Date.now() - loadedAt) / 1_000,
  );
  return models;
}

function dropped(
  counter: Metrics['decisionsDropped'],
  log: Log,
  message: string,
): (count: number, error?: unknown) => void {
  const report = repeatedErrors(log, message);
  return (count, error) => {
    counter.inc(count);
    report(error ?? 'too many are waiting');
  };
}
