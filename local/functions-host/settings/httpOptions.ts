import { HostError } from '../hostError.ts';
import type { Section } from './section.ts';

/** `extensions.http`. -1: no bound. */
export interface HttpOptions {
  routePrefix: string;
  /** Requests that run or wait; one more is answered with 429. */
  maxOutstandingRequests: number;
  /** Requests that run at once; the others wait. */
  maxConcurrentRequests: number;
  /** Added to every answer. */
  customHeaders: Readonly<Record<string, string>>;
}

const UNBOUNDED = -1;
const THIRTY_DAYS_MS = 30 * 24 * 3_600_000;

/**
 * Reads the section. `dynamicThrottlesEnabled` (performance counters of the plan) and `hsts` (https alone) are checked
 * and have no effect here.
 */
export function httpOptions(section: Section): HttpOptions {
  const bound = (name: string) =>
    section.integer(name, UNBOUNDED, {
      holds: (value) => value === UNBOUNDED || value > 0,
      message: 'Value is less than the minimum allowed.',
      allowed: 'a whole number of at least 1, or -1 for no bound',
    });
  section.boolean('dynamicThrottlesEnabled', false);
  checkHsts(section.section('hsts'));
  return {
    routePrefix: section.text('routePrefix', 'api').replace(/^\/+|\/+$/g, ''),
    maxOutstandingRequests: bound('maxOutstandingRequests'),
    maxConcurrentRequests: bound('maxConcurrentRequests'),
    customHeaders: customHeaders(section.section('customHeaders')),
  };
}

function checkHsts(section: Section): void {
  for (const flag of ['isEnabled', 'includeSubDomains', 'preload']) section.boolean(flag, false);
  section.timeSpan('maxAge', THIRTY_DAYS_MS);
  section.texts('excludedHosts');
}

function customHeaders(section: Section): Record<string, string> {
  const headers = section.names.map((name) => [name, section.text(name, '')] as const);
  const bad = headers.find(([name]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name));
  if (bad) throw new HostError(`${section.path}: "${bad[0]}" is no name of an http header`);
  return Object.fromEntries(headers);
}
