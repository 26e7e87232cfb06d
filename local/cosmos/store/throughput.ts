import { badRequest } from '../errors.ts';

/** Provisioned request units per second; with `autoscale` it is the highest that the service scales to. */
export interface Throughput {
  requestUnitsPerSecond: number;
  autoscale: boolean;
}

/** What a container gets that asks for no throughput and has none to share. */
export const DEFAULT_THROUGHPUT: Throughput = { requestUnitsPerSecond: 400, autoscale: false };
/** What a container of a serverless account may use, as long as it is small. */
export const SERVERLESS_UNITS_PER_SECOND = 5000;

const MINIMUM = 400;
const MINIMUM_AUTOSCALE = 1000;
const MAXIMUM = 1_000_000;

/** Checks a throughput: multiples of 100 from 400 on, autoscale multiples of 1000, up to a million. */
export function throughput(requestUnitsPerSecond: unknown, autoscale: boolean): Throughput {
  const [minimum, step] = autoscale ? [MINIMUM_AUTOSCALE, 1000] : [MINIMUM, 100];
  if (
    typeof requestUnitsPerSecond !== 'number' ||
    !Number.isInteger(requestUnitsPerSecond) ||
    requestUnitsPerSecond < minimum ||
    requestUnitsPerSecond > MAXIMUM ||
    requestUnitsPerSecond % step !== 0
  ) {
    throw badRequest(
      `The offer throughput ${JSON.stringify(requestUnitsPerSecond)} is invalid: ${autoscale ? 'the autoscale maximum' : 'it'} ` +
        `must be at least ${minimum}, at most ${MAXIMUM} and a multiple of ${step}.`,
    );
  }
  return { requestUnitsPerSecond, autoscale };
}

/** A throughput as a resource of ARM declares it in its `options`. */
export interface ThroughputOptions {
  throughput?: number;
  autoscaleSettings?: { maxThroughput?: number };
}

export function declaredThroughput(options: ThroughputOptions | undefined): Throughput | undefined {
  const maximum = options?.autoscaleSettings?.maxThroughput;
  if (maximum !== undefined) return throughput(maximum, true);
  return options?.throughput === undefined ? undefined : throughput(options.throughput, false);
}
