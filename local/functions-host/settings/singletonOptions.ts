import type { Section } from './section.ts';

/** `singleton`: how the lock of a timer is held. Times in ms. */
export interface SingletonOptions {
  /** Life of the blob lease; it is renewed at half of it. */
  listenerLockPeriodMs: number;
  /** How often an instance without the lock asks for it again. */
  listenerLockRecoveryPollingIntervalMs: number;
}

const SHORTEST_LEASE_MS = 15_000;
const LONGEST_LEASE_MS = 60_000;

/** Reads the section. Locks of functions (`lockPeriod`, `lockAcquisition…`) exist in .NET alone: checked, without effect. */
export function singletonOptions(section: Section): SingletonOptions {
  const outOfRange = 'Specified argument was out of the range of valid values.';
  const lease = {
    holds: (ms: number) => ms >= SHORTEST_LEASE_MS && ms <= LONGEST_LEASE_MS,
    message: outOfRange,
    allowed: 'a time span from "00:00:15" to "00:01:00"',
  };
  const least = (ms: number, allowed: string) => ({
    holds: (value: number) => value >= ms,
    message: outOfRange,
    allowed,
  });
  section.timeSpan('lockPeriod', 15_000, lease);
  section.timeSpan('lockAcquisitionTimeout', 60_000, least(1, 'a time span of more than 0'));
  section.timeSpan('lockAcquisitionPollingInterval', 5_000, least(500, 'a time span of at least "00:00:00.5"'));
  return {
    listenerLockPeriodMs: section.timeSpan('listenerLockPeriod', 60_000, lease),
    listenerLockRecoveryPollingIntervalMs: section.timeSpan(
      'listenerLockRecoveryPollingInterval',
      60_000,
      least(SHORTEST_LEASE_MS, 'a time span of at least "00:00:15"'),
    ),
  };
}
