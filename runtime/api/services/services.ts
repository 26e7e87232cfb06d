import type { Authenticate, Principal } from '../auth/authenticate.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Announcements } from './announcements.ts';
import type { Catalogue } from './catalogue.ts';
import type { DecisionLog } from './decisionLog.ts';
import type { EventSender } from './eventSender.ts';
import type { Readiness } from './readiness.ts';
import type { Recommendations } from './recommendations.ts';

/** Everything that the routes stand on. */
export interface Services {
  authenticate: Authenticate;
  log: Log;
  metrics: Metrics;
  events: Pick<EventSender, 'send'>;
  recommendations: Pick<Recommendations, 'recommend' | 'similar' | 'trending'>;
  catalogue: Pick<Catalogue, 'get' | 'put' | 'delete' | 'loaded'>;
  decisions: Pick<DecisionLog, 'add'>;
  announcements: Pick<Announcements, 'isOutbound' | 'recommendationIssued' | 'catalogueChanged'>;
  readiness: () => Readiness;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set on every route that needs a credential. */
    principal: Principal;
    /** When the request arrived, in the time of `performance.now`. */
    startedAt: number;
  }
  interface FastifyContextConfig {
    /** Content types that the route takes; `application/json` when absent. */
    accepts?: readonly string[];
    /** Bodies for the API's description, where the route checks the body itself. */
    bodies?: Readonly<Record<string, object>>;
  }
  interface FastifySchema {
    operationId?: string;
    summary?: string;
    description?: string;
    tags?: readonly string[];
  }
}
