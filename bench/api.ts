import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Recommendations } from '../runtime/contracts/api.ts';
import { EVENT_TYPES } from '../runtime/contracts/names.ts';
import { freePort } from '../local/cloud/ports.ts';
import { ManagedProcess } from '../local/process/managedProcess.ts';
import { startApiStack } from './apiStack.ts';
import { fillStores } from './benchData.ts';
import { measureLoad, median, type Load, type LoadFigures } from './httpLoad.ts';

export interface Comparison {
  ours: LoadFigures;
  bare: LoadFigures;
}

export interface ApiFigures {
  /**
   * Users come back before they have clicked again, as on the pages of a shop. `ranked`: every request has a rule of its
   * own, so that every answer is ranked anew.
   */
  recommendations: Comparison & { ranked: LoadFigures };
  events: Comparison;
}

export interface ApiBenchOptions {
  /** In all, without warming up. */
  seconds: number;
  connections: number;
  /** Items of catalogue and model. */
  items?: number;
  /** Length of a round before the measurement; there are as many as it takes to reach the final speed. */
  warmUpSeconds?: number;
}

const USERS = 200;
const ROUNDS = 5;
const COMPARISONS = 3;
/** Warm when a round is not faster than the best before it by this much. */
const STILL_WARMING_UP = 1.05;
const MAX_WARM_UP_ROUNDS = 10;

/**
 * The API as a process over the local services against a bare Fastify route that returns the same bodies, in short
 * rounds that alternate between the two, so that whatever else the machine does hits both. Medians over the rounds.
 */
export async function benchApi(options: ApiBenchOptions): Promise<ApiFigures> {
  const { seconds, connections, items = 10_000, warmUpSeconds = 3 } = options;
  const stack = await startApiStack();
  const directory = mkdtempSync(join(tmpdir(), 'attune-bench-api-'));
  let bare: ManagedProcess | undefined;
  try {
    await fillStores(stack, { items, users: USERS });
    await stack.startApi();
    const port = await freePort();
    bare = bareServer(port, directory, await bestAnswer(stack.url));
    await bare.start();

    const urls = { ours: stack.url, bare: `http://127.0.0.1:${port}` };
    const rounds = { connections, warmUpSeconds, seconds: seconds / (2 * ROUNDS * COMPARISONS) };
    const ranked = recommendationRequests((user) => `?exclude=item-${user}`);
    const recommendations = await compare(urls, { ...rounds, requests: recommendationRequests(() => '') });
    const { ours } = await compare(urls, { ...rounds, requests: ranked });
    return {
      recommendations: { ...recommendations, ranked: ours },
      events: await compare(urls, { ...rounds, requests: [eventRequest(items)] }),
    };
  } finally {
    await bare?.stop();
    await stack.stop();
    rmSync(directory, { recursive: true });
  }
}

async function compare(
  urls: { ours: string; bare: string },
  { warmUpSeconds, ...load }: Load & { warmUpSeconds: number },
): Promise<Comparison> {
  for (const url of [urls.ours, urls.bare]) await warmUp(url, { ...load, seconds: warmUpSeconds });
  const ours: LoadFigures[] = [];
  const bare: LoadFigures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await measureLoad(urls.ours, load));
    bare.push(await measureLoad(urls.bare, load));
  }
  return { ours: median(ours), bare: median(bare) };
}

/** V8 takes tens of thousands of requests to bring the code that answers them to its final speed. */
async function warmUp(url: string, load: Load): Promise<void> {
  let best = 0;
  for (let round = 0; round < MAX_WARM_UP_ROUNDS; round += 1) {
    const { rps } = await measureLoad(url, load);
    if (rps < best * STILL_WARMING_UP) return;
    best = rps;
  }
}

function recommendationRequests(query: (user: number) => string): Load['requests'] {
  return Array.from({ length: USERS }, (_, user) => ({
    method: 'GET',
    path: `/v1/users/user-${user}/recommendations${query(user)}`,
  }));
}

/** Each event has an id of its own. */
function eventRequest(items: number): Load['requests'][number] {
  const run = Date.now();
  let count = 0;
  return {
    method: 'POST',
    path: '/v1/events',
    headers: { 'content-type': 'application/json' },
    setupRequest: (request) => {
      count += 1;
      const event = {
        specversion: '1.0',
        id: `${run}-${count}`,
        source: '/bench',
        type: EVENT_TYPES.interaction,
        time: new Date().toISOString(),
        data: { userId: `user-${count % USERS}`, itemId: `item-${count % items}`, action: 'click', channel: 'web' },
      };
      return { ...request, body: JSON.stringify(event) };
    },
  };
}

function bareServer(port: number, logDir: string, recommendations: Recommendations): ManagedProcess {
  const bodies = { recommendations, acceptance: { accepted: 1 } };
  const url = `http://127.0.0.1:${port}`;
  return new ManagedProcess({
    name: 'bare',
    command: process.execPath,
    args: [fileURLToPath(new URL('bareServer.ts', import.meta.url))],
    env: { PATH: process.env.PATH, PORT: String(port), BENCH_BODIES: JSON.stringify(bodies) },
    logFile: join(logDir, 'bare.log'),
    ready: async () => {
      while (!(await answerFrom(url).catch(() => undefined))) await sleep(25);
    },
  });
}

/** An answer as it is once catalogue and model are loaded. */
async function bestAnswer(url: string): Promise<Recommendations> {
  for (;;) {
    const answer = await answerFrom(url);
    if (answer.degraded.length === 0) return answer;
    await sleep(50);
  }
}

async function answerFrom(url: string): Promise<Recommendations> {
  const response = await fetch(`${url}/v1/users/user-1/recommendations`);
  return (await response.json()) as Recommendations;
}
