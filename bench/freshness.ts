import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request, Agent } from 'node:http';
import type { Recommendations } from '../runtime/contracts/api.ts';
import { EVENT_TYPES } from '../runtime/contracts/names.ts';
import type { InteractionEvent } from '../runtime/contracts/events.ts';
import { startStack, temporaryDataDir } from '../local/start/testing/startStack.ts';
import { percentile } from './percentiles.ts';

export interface FreshnessFigures {
  /** Background load that was really accepted, per second. */
  eventsPerSecond: number;
  clicks: number;
  /** From sending a click until an answer without the clicked item, milliseconds. */
  p50: number;
  p99: number;
}

const TICK_MS = 20;
const POLL_MS = 4;
const PATIENCE_MS = 5_000;

/**
 * Time from a click to the changed recommendation, through the whole loop, while other users send `rate` events per
 * second. The clicked item is the first of the list: once the loop has seen the click it can be in the list no more.
 */
export async function benchFreshness({ seconds, rate }: { seconds: number; rate: number }): Promise<FreshnessFigures> {
  const { dataDir, remove } = temporaryDataDir();
  const stack = await startStack([], { dataDir, until: 'Ctrl-C stops everything' });
  try {
    const client = new BenchClient(stack.endpoints().api.url);
    const load = new BackgroundLoad(client, rate);
    await sleep(2_000);
    const samples: number[] = [];
    const acceptedBefore = load.accepted;
    const startedAt = performance.now();
    for (let probe = 0; performance.now() - startedAt < seconds * 1000; probe += 1) {
      samples.push(await clickToChange(client, `user-${1 + (probe % 240)}`));
      await sleep(20);
    }
    const eventsPerSecond = (load.accepted - acceptedBefore) / ((performance.now() - startedAt) / 1000);
    await load.stop();
    return {
      eventsPerSecond: Math.round(eventsPerSecond),
      clicks: samples.length,
      p50: percentile(samples, 0.5),
      p99: percentile(samples, 0.99),
    };
  } finally {
    await stack.interrupt();
    remove();
  }
}

async function clickToChange(client: BenchClient, userId: string): Promise<number> {
  const [first] = (await client.recommendations(userId)).items;
  if (!first) throw new Error(`${userId} gets no recommendation to click on`);
  const startedAt = performance.now();
  await client.send([interaction(userId, first.id)]);
  while (performance.now() - startedAt < PATIENCE_MS) {
    const { items } = await client.recommendations(userId);
    if (items.every(({ id }) => id !== first.id)) return performance.now() - startedAt;
    await sleep(POLL_MS);
  }
  throw new Error(`the click of ${userId} on ${first.id} did not change the list within ${PATIENCE_MS} ms`);
}

function interaction(userId: string, itemId: string): InteractionEvent {
  const data = { userId, itemId, action: 'click', channel: 'web' };
  return { specversion: '1.0', id: randomUUID(), source: '/bench', type: EVENT_TYPES.interaction, data };
}

/** Sends events of 1,000 users evenly, a few every 20 ms, without waiting for one request before the next. */
class BackgroundLoad {
  accepted = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();
  #failure: unknown;

  constructor(client: BenchClient, rate: number) {
    const perTick = Math.max(1, Math.round((rate * TICK_MS) / 1000));
    let sent = 0;
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * rate) - sent;
      for (let rest = due; rest > 0; rest -= perTick) {
        const events = Array.from({ length: Math.min(rest, perTick) }, (_, index) => {
          return interaction(`load-${(sent + index) % 1_000}`, `coffee-${1 + ((sent + index) % 12)}`);
        });
        sent += events.length;
        this.#track(client.send(events).then(() => void (this.accepted += events.length)));
      }
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure as Error;
  }

  #track(sending: Promise<void>): void {
    const tracked: Promise<void> = sending
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}

/** A lean client on node:http, so that the measurement takes little of the two cores. */
class BenchClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  recommendations(userId: string): Promise<Recommendations> {
    return this.#call<Recommendations>('GET', `/v1/users/${userId}/recommendations?limit=10`, 200);
  }

  async send(events: InteractionEvent[]): Promise<void> {
    await this.#call('POST', '/v1/events', 202, JSON.stringify(events));
  }

  #call<T>(method: string, path: string, expected: number, body?: string): Promise<T> {
    const headers = body ? { 'content-type': 'application/cloudevents-batch+json' } : {};
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}${path}`, { method, agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === expected) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`));
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}
