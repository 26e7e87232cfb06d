import type { Faults } from '../faults.ts';
import type { ResultCache } from '../operations/resultCache.ts';
import type { Catalog } from '../store/catalog.ts';
import type { GroupCommit } from '../../storage/groupCommit.ts';
import type { Throttle } from '../throttle.ts';
import type { Authorize } from './auth.ts';

/** What the routes work with. */
export interface RouteContext {
  accountName: string;
  protocol: 'http' | 'https';
  /** Consistency of the account; requests may ask for weaker ones. */
  consistency: string;
  catalog: Catalog;
  group: GroupCommit;
  results: ResultCache;
  faults: Faults;
  throttle: Throttle;
  authorize: Authorize;
  /** Milliseconds since 1970. */
  now: () => number;
}
