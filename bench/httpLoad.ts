import autocannon from 'autocannon';
import { percentile } from './percentiles.ts';

export interface LoadFigures {
  /** Answered requests per second. */
  rps: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface Load {
  connections: number;
  seconds: number;
  requests: autocannon.Request[];
}

const SAMPLE_MS = 50;

/** Sends requests as fast as a server answers them. Throws when one is not answered with 2xx. */
export async function measureLoad(url: string, { connections, seconds, requests }: Load): Promise<LoadFigures> {
  const latencies: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    // The end of the duration is noticed only with a sample.
    const options = { url, connections, duration: seconds, requests, sampleInt: SAMPLE_MS };
    const instance = autocannon(options, (error: Error | null, result) => (error ? reject(error) : resolve(result)));
    // Its own percentiles are whole milliseconds, which are too coarse for ratios of small times.
    instance.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  });
  const refused = result.non2xx + result.errors + result.timeouts;
  if (refused > 0) throw new Error(`${refused} of ${latencies.length} requests to ${url} were not answered with 2xx`);
  return {
    rps: latencies.length / result.duration,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** The median of each figure over several runs. */
export function median(runs: readonly LoadFigures[]): LoadFigures {
  const over = (figure: keyof LoadFigures) =>
    percentile(
      runs.map((run) => run[figure]),
      0.5,
    );
  return { rps: over('rps'), p50: over('p50'), p99: over('p99') };
}
