import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InteractionEvent } from '../../runtime/contracts/events.ts';
import { EVENT_TYPES } from '../../runtime/contracts/names.ts';
import type { LocalIdentity } from '../cloud/localIdentity.ts';
import type { Denial } from '../identity/accessControl.ts';
import type { RoleAssignment } from '../identity/directory.ts';
import { ROLE_DEFINITIONS } from '../identity/roles.ts';
import { bringUp, type RunningStack } from './bringUp.ts';
import { OPERATOR } from './operator.ts';
import { seedShop } from './seedShop.ts';
import { Steps } from './steps.ts';
import { temporaryDataDir } from './testing/startStack.ts';

const PROJECT_DIR = dirname(dirname(import.meta.dirname));
/** How long the loop is worked until somebody is refused. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
const RESTART_AFTER_MS = 4_000;
/** Packages are read by Azure's platform when it starts an app; here apps run from their folders. */
const BY_PLATFORM = /\/containers\/packages-/;
/** As large as Event Grid takes it, so that with its envelope no hub does: it becomes a dead letter. */
const OVERSIZED = 1_048_000;

const { dataDir, remove } = temporaryDataDir();
let stack: RunningStack;
let identity: LocalIdentity;

beforeAll(async () => {
  const options = { projectDir: PROJECT_DIR, dataDir, steps: new Steps(), throttling: false, onEvent: console.error };
  stack = await bringUp({ ...options, profile: 'faithful', timeScale: 0.001 });
  identity = stack.cloud.identity!;
  await seedShop(stack.clients, { dataDir, now: Date.now(), signal: AbortSignal.timeout(60_000) });
}, 90_000);

afterAll(async () => {
  await stack.stop();
  remove();
}, 30_000);

/** Works every part of the loop once, as people who are new to it; what is refused is for the caller to find out. */
async function workTheLoop(): Promise<void> {
  const { clients, cloud } = stack;
  const user = `person-${randomUUID()}`;
  const interaction = (data: object): InteractionEvent => ({
    specversion: '1.0',
    id: randomUUID(),
    source: '/roles',
    type: EVENT_TYPES.interaction,
    data: { userId: user, itemId: 'coffee-1', action: 'click', ...data } as InteractionEvent['data'],
  });
  const publish = (type: string, data: object) =>
    clients.eventGridPublisher().send([{ id: randomUUID(), source: '/roles', type, time: new Date(), data }]);
  const producer = clients.eventHubProducer('interactions', { retryOptions: { maxRetries: 0 } });
  const works: Promise<unknown>[] = [
    call('PUT', '/v1/items/coffee-1', { title: 'Coffee', categories: ['coffee'], price: 1, available: true }),
    call('POST', '/v1/events', interaction({})),
    call('GET', `/v1/users/${user}/recommendations?channel=email`),
    producer.sendBatch([{ body: Buffer.from('poison') }]),
    publish(EVENT_TYPES.interaction, interaction({}).data),
    publish(EVENT_TYPES.interaction, { ...interaction({}).data, query: 'x'.repeat(OVERSIZED) }),
    publish(EVENT_TYPES.trainingRequested, { reason: 'roles' }),
    cloud.control('workflows', 'trigger', { workflow: 'nightly-train' }),
  ];
  await Promise.allSettled(works);
  await producer.close();
}

/** One attempt: an answer of any status will do. */
async function call(method: string, path: string, body?: object): Promise<void> {
  const headers = { ...(await stack.clients.apiHeaders()), 'content-type': 'application/json' };
  await fetch(`${stack.clients.endpoints.api.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
}

/**
 * Works the loop until somebody is refused or the patience ends; returns what was refused until a moment later. After
 * a while the API is started again, because some things are read at its start alone.
 */
async function denialsAtWork(): Promise<Denial[]> {
  const deadline = Date.now() + PATIENCE_MS;
  const restart = setTimeout(() => stack.cloud.processes.get('api')?.kill('SIGKILL'), RESTART_AFTER_MS);
  while (Date.now() < deadline) {
    await workTheLoop();
    await sleep(PAUSE_MS);
    const denials = await identity.takeDenials();
    if (denials.length === 0) continue;
    clearTimeout(restart);
    return denials;
  }
  return [];
}

function isEnforcedHere({ roleId, scope }: RoleAssignment): boolean {
  return ROLE_DEFINITIONS.has(roleId) && !BY_PLATFORM.test(scope);
}

describe('role assignments of the program', () => {
  it('suffice: nobody is refused anything', async () => {
    await identity.takeDenials();
    for (let round = 0; round < 5; round += 1) {
      await workTheLoop();
      await sleep(PAUSE_MS);
    }
    expect(await identity.takeDenials()).toEqual([]);
  });

  it('are needed, each one: without it, its principal is refused what it allows, and nobody else anything', async () => {
    const assignments = identity.assignments.filter(({ id }) => !id.endsWith(OPERATOR)).filter(isEnforcedHere);
    expect(assignments.length).toBeGreaterThan(20);
    for (const assignment of assignments) {
      identity.removeAssignment(assignment.id);
      await identity.publish();
      const denials = await denialsAtWork();
      const what = `${assignment.principalId} ${ROLE_DEFINITIONS.get(assignment.roleId)?.name} ${assignment.scope}`;
      expect.soft(denials.length, `${what} is superfluous: nothing was refused without it`).toBeGreaterThan(0);
      for (const { principalId, scope } of denials) {
        expect.soft(principalId, what).toBe(assignment.principalId);
        expect.soft(scope.toLowerCase(), what).toContain(assignment.scope.toLowerCase());
      }
      identity.addAssignment(assignment);
      await identity.publish();
      await sleep(PAUSE_MS);
      await identity.takeDenials();
    }
  }, 300_000);

  it('suffice again once all are back', async () => {
    await workTheLoop();
    expect(await identity.takeDenials()).toEqual([]);
  });
});
