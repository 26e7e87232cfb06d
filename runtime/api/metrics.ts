import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Everything that `/metrics` shows, apart from gauges that are read when somebody asks. */
export interface Metrics {
  readonly registry: Registry;
  /** Observes a request: seconds by route and class of status. The returned function is kept per route. */
  requestDuration(route: string): (statusCode: number, seconds: number) => void;
  readonly eventsAccepted: Counter;
  readonly eventsDuplicate: Counter;
  readonly eventsRejected: Counter;
  readonly profileHits: Counter;
  readonly profileMisses: Counter;
  /** Answers that were not the best ones, by reason. */
  degraded(reason: string): void;
  readonly decisionsDropped: Counter;
  readonly announcementsDropped: Counter;
  readonly modelLoads: Counter;
  readonly modelRefusals: Counter;
  /** Shows the version of the model in use as a label. */
  modelVersion(read: () => string | undefined): void;
  /** A value that is worked out when the metrics are read. */
  gauge(name: string, help: string, read: () => number): void;
}

/** Metrics in a registry of their own; `defaults` adds those of the process (CPU, memory, event loop). */
export function createMetrics({ defaults }: { defaults: boolean }): Metrics {
  const registry = new Registry();
  if (defaults) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const duration = new Histogram({
    name: 'attune_http_request_duration_seconds',
    help: 'Time to answer a request, by route and class of status.',
    labelNames: ['route', 'status'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const degraded = new Counter({
    name: 'attune_degraded_answers_total',
    help: 'Answers that were not the best ones, by reason.',
    labelNames: ['reason'],
    registers,
  });

  return {
    registry,
    requestDuration(route) {
      const byClass: (Histogram.Internal<'route' | 'status'> | undefined)[] = [];
      return (statusCode, seconds) => {
        const statusClass = Math.trunc(statusCode / 100);
        const child = (byClass[statusClass] ??= duration.labels(route, `${statusClass}xx`));
        child.observe(seconds);
      };
    },
    degraded: (reason) => degraded.inc({ reason }),
    eventsAccepted: counter('attune_events_accepted_total', 'Events that the hub accepted.'),
    eventsDuplicate: counter('attune_events_duplicate_total', 'Events that were accepted before, by their id.'),
    eventsRejected: counter('attune_events_rejected_total', 'Events in requests that were refused.'),
    profileHits: counter('attune_profile_cache_hits_total', 'Profiles found in the cache.'),
    profileMisses: counter('attune_profile_cache_misses_total', 'Profiles that had to be read from the store.'),
    decisionsDropped: counter('attune_decisions_dropped_total', 'Answers that could not be logged.'),
    announcementsDropped: counter('attune_announcements_dropped_total', 'Business events that could not be published.'),
    modelLoads: counter('attune_model_loads_total', 'Models that were put into service.'),
    modelRefusals: counter('attune_model_refusals_total', 'Attempts to load a model that failed.'),
    modelVersion(read) {
      new Gauge({
        name: 'attune_model_info',
        help: 'The model in use, as a label.',
        labelNames: ['version'],
        registers,
        collect() {
          this.reset();
          this.set({ version: read() ?? 'none' }, 1);
        },
      });
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
  };
}
