import { StackClients } from '../local/clients/stackClients.ts';
import type { Profile } from '../local/start/options.ts';
import { startStack, temporaryDataDir, type StartedStack } from '../local/start/testing/startStack.ts';
import { EVENT_TYPES } from '../runtime/contracts/names.ts';
import { measureLoad, median, type Load, type LoadFigures } from './httpLoad.ts';

/** Latencies of one call at a time. */
export type ProfileComparison = Record<Profile, LoadFigures>;

export interface ProfileFigures {
  recommendations: ProfileComparison;
  events: ProfileComparison;
}

const ROUNDS = 5;
const USERS = 200;
const WARM_UP_SECONDS = 3;

/**
 * What https, tokens and roles cost: the same calls to a stack in profile `faithful` and to one in profile `fast`, in
 * rounds that alternate between the two. One connection, so that latency is measured and not a queue.
 */
export async function benchProfiles({ seconds }: { seconds: number }): Promise<ProfileFigures> {
  const folders = { fast: temporaryDataDir(), faithful: temporaryDataDir() };
  const stacks: StartedStack[] = [];
  try {
    const loads: Record<string, (call: Call) => Promise<LoadFigures>> = {};
    for (const profile of ['fast', 'faithful'] as const) {
      const options = { dataDir: folders[profile].dataDir, until: 'Ctrl-C stops everything' };
      const stack = await startStack(['--profile', profile], options);
      stacks.push(stack);
      loads[profile] = await loadOf(new StackClients(stack.endpoints()), seconds / (4 * ROUNDS));
    }
    const compare = async (call: Call): Promise<ProfileComparison> => {
      const [fast, faithful] = [[], []] as LoadFigures[][];
      for (let round = 0; round < ROUNDS; round += 1) {
        fast!.push(await loads.fast!(call));
        faithful!.push(await loads.faithful!(call));
      }
      return { fast: median(fast!), faithful: median(faithful!) };
    };
    return { recommendations: await compare(recommendationCalls), events: await compare(eventCalls) };
  } finally {
    for (const stack of stacks) await stack.interrupt();
    folders.fast.remove();
    folders.faithful.remove();
  }
}

type Call = (headers: Record<string, string>) => Load['requests'];

/** Measures calls to one stack; it has been warmed up. */
async function loadOf(clients: StackClients, seconds: number): Promise<(call: Call) => Promise<LoadFigures>> {
  const headers = await clients.apiHeaders();
  const { url } = clients.endpoints.api;
  const measure = (call: Call, duration: number) =>
    measureLoad(url, { connections: 1, seconds: duration, requests: call(headers) });
  for (const call of [recommendationCalls, eventCalls]) await measure(call, WARM_UP_SECONDS);
  return (call) => measure(call, seconds);
}

const recommendationCalls: Call = (headers) =>
  Array.from({ length: USERS }, (_, user) => ({
    method: 'GET',
    path: `/v1/users/user-${1 + user}/recommendations`,
    headers,
  }));

const eventCalls: Call = (headers) => {
  const run = `${Date.now()}-${Math.random()}`;
  let count = 0;
  return [
    {
      method: 'POST',
      path: '/v1/events',
      headers: { ...headers, 'content-type': 'application/json' },
      setupRequest: (request) => {
        count += 1;
        const event = {
          specversion: '1.0',
          id: `${run}-${count}`,
          source: '/bench',
          type: EVENT_TYPES.interaction,
          time: new Date().toISOString(),
          data: { userId: `visitor-${count % USERS}`, itemId: 'coffee-1', action: 'view' },
        };
        return { ...request, body: JSON.stringify(event) };
      },
    },
  ];
};
