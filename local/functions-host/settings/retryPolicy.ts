import type { RetryOptions } from '../app/coreTypes.ts';
import { HostError } from '../hostError.ts';
import type { Section } from './section.ts';

const STRATEGIES = ['fixedDelay', 'exponentialBackoff'] as const;

/** `retry` of host.json: the policy of functions that have none. Throws `HostError` that names what is wrong. */
export function retryPolicy(section: Section): RetryOptions {
  const seconds = (name: string) => {
    const ms = section.has(name) ? section.timeSpan(name, 0) : undefined;
    return ms === undefined ? undefined : { seconds: Math.round(ms / 1000) };
  };
  const policy: RetryOptions = {
    retryStrategy: section.oneOf('strategy', STRATEGIES, 'exponentialBackoff', 'RetryStrategy'),
    maxRetryCount: section.integer('maxRetryCount', undefined) as number,
    delayInterval: seconds('delayInterval'),
    minimumInterval: seconds('minimumInterval'),
    maximumInterval: seconds('maximumInterval'),
  };
  checkRetryPolicy(policy, section.path);
  return policy;
}

/** Checks a policy as the real host does before it starts a function; throws `HostError` naming `where`. */
export function checkRetryPolicy(policy: RetryOptions, where: string): void {
  const { retryStrategy, maxRetryCount, delayInterval, minimumInterval, maximumInterval } = policy;
  const refuse = (text: string) => new HostError(`${where}: ${text}`);
  if (!STRATEGIES.includes(retryStrategy)) {
    throw refuse(`the retry strategy must be fixedDelay or exponentialBackoff, not ${JSON.stringify(retryStrategy)}`);
  }
  if (maxRetryCount === undefined) throw refuse("Value cannot be null. (Parameter 'MaxRetryCount')");
  if (!Number.isInteger(maxRetryCount) || maxRetryCount < -1) {
    throw refuse(`maxRetryCount must be a whole number of at least 0, or -1 for no limit, not ${maxRetryCount}`);
  }
  if (retryStrategy === 'fixedDelay') return needInterval(delayInterval, 'DelayInterval', refuse);
  needInterval(minimumInterval, 'MinimumInterval', refuse);
  needInterval(maximumInterval, 'MaximumInterval', refuse);
  if (minimumInterval!.seconds > maximumInterval!.seconds) {
    throw refuse(
      `minimumInterval (${minimumInterval!.seconds} s) must not exceed maximumInterval (${maximumInterval!.seconds} s)`,
    );
  }
}

function needInterval(
  interval: { seconds: number } | undefined,
  name: string,
  refuse: (text: string) => HostError,
): void {
  if (!interval) throw refuse(`Value cannot be null. (Parameter '${name}')`);
  if (interval.seconds < 0) throw refuse(`${name} must not be negative: it is ${interval.seconds} s`);
}
