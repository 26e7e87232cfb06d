import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServiceProcess } from '../process/serviceProcess.ts';
import type { JsonObject } from './json.ts';
import { after, change, variable } from './testing/definitions.ts';
import { startReceiver, type HttpReceiver } from './testing/httpReceiver.ts';
import { workflowOf, writeProject } from './testing/testProject.ts';

const KILLS = 3;
const CLIENTS = 2;

/** An effect outside: the receiver sees run and step. */
const effect = (run: string, step: string, runAfter: JsonObject = {}): JsonObject => ({
  type: 'Http',
  runAfter,
  inputs: { method: 'POST', uri: `@{parameters('url')}/${run}/${step}`, retryPolicy: { type: 'none' } },
});
const OWN = "@{workflow()['run']['name']}";
const GIVEN = "@{triggerBody()['run']}";

/** Steps have numbers in the order that `runAfter` asks for; 5 is two actions side by side, 6 is in the other workflow. */
const ORDER = {
  V: variable('Integer', 0),
  First: effect(OWN, '1', after('V')),
  Each: {
    type: 'Foreach',
    runAfter: after('First'),
    foreach: [2, 3, 4],
    operationOptions: 'Sequential',
    actions: {
      Visit: effect(OWN, "@{items('Each')}"),
      Add: change('IncrementVariable', "@items('Each')", after('Visit')),
    },
  },
  Left: effect(OWN, '5/left', after('Each')),
  Right: effect(OWN, '5/right', after('Each')),
  Ship: {
    type: 'Workflow',
    runAfter: after('Left', 'Right'),
    inputs: { host: { workflow: { id: 'shipping' } }, body: { run: OWN }, retryPolicy: { type: 'none' } },
  },
  Last: effect(OWN, "7/@{variables('v')}", after('Ship')),
};
const SHIPPING = {
  Pack: effect(GIVEN, '6/pack'),
  Send: effect(GIVEN, '6/send', after('Pack')),
  Answer: { type: 'Response', runAfter: after('Send'), inputs: { statusCode: 200 } },
};

let folder: string;
let projectDir: string;
let receiver: HttpReceiver;
let service: ServiceProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-crash-'));
  receiver = await startReceiver(async () => {
    await sleep(Math.random() * 25);
    return { status: 200 };
  });
  projectDir = writeProject({
    workflows: { order: workflowOf(ORDER), shipping: workflowOf(SHIPPING) },
    parameters: { url: { type: 'String', value: receiver.url } },
  });
  service = new ServiceProcess({
    name: 'workflows',
    entry: join(import.meta.dirname, 'main.ts'),
    dataDir: join(folder, 'data'),
    logDir: join(folder, 'logs'),
    options: { projectDir },
  });
  await service.start();
});
afterAll(async () => {
  await service.stop();
  await receiver.close();
  rmSync(folder, { recursive: true });
  rmSync(projectDir, { recursive: true });
});

const url = (path: string) => `http://127.0.0.1:${service.ports.http}${path}`;

/** Starts runs until told to end; returns the ids of those that were accepted. A broken connection is no acceptance. */
async function startOrders(until: AbortSignal): Promise<string[]> {
  const accepted: string[] = [];
  while (!until.aborted) {
    const response = await fetch(url('/api/order/triggers/manual/invoke'), { method: 'POST' }).catch(() => undefined);
    const id = response?.headers.get('x-ms-workflow-run-id');
    if (id) accepted.push(id);
    await sleep(30);
  }
  return accepted;
}

async function killRepeatedly(): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(100 + Math.random() * 400);
    service.process.kill('SIGKILL');
    await vi.waitFor(() => expect(service.process.restarts).toBe(kill + 1), { timeout: 15_000 });
    await service.process.settled();
  }
}

interface ListedRun {
  name: string;
  properties: { status: string };
}

async function runsOf(workflow: string): Promise<ListedRun[]> {
  const base = `/runtime/webhooks/workflow/api/management/workflows/${workflow}/runs?$top=250`;
  const runs: ListedRun[] = [];
  for (let next: string | undefined = url(base); next;) {
    const page = (await (await fetch(next)).json()) as { value: ListedRun[]; nextLink?: string };
    runs.push(...page.value);
    next = page.nextLink;
  }
  return runs;
}

describe('a runner that is killed again and again', () => {
  it('brings every accepted run to its end, and repeats no action that has ended', async () => {
    const enough = new AbortController();
    const clients = Array.from({ length: CLIENTS }, () => startOrders(enough.signal));
    await killRepeatedly();
    enough.abort();
    const accepted = (await Promise.all(clients)).flat();
    expect(accepted.length).toBeGreaterThan(KILLS);

    await vi.waitFor(
      async () => {
        const open = (await runsOf('order')).filter(({ properties }) => properties.status !== 'Succeeded');
        expect(open).toEqual([]);
      },
      { timeout: 30_000, interval: 100 },
    );
    const runs = (await runsOf('order')).map(({ name }) => name);
    expect(runs).toEqual(expect.arrayContaining(accepted));
    // Each run called the other workflow once, whatever happened in between.
    expect(await runsOf('shipping')).toHaveLength(runs.length);

    const effects = Map.groupBy(receiver.requests, ({ path }) => path.split('/')[1]!);
    expect([...effects.keys()].toSorted()).toEqual(runs.toSorted());
    for (const requests of effects.values()) {
      const steps = requests.map(({ path }) => path.split('/').slice(2));
      // An action that was under way may come twice, but never after one that waited for its end.
      const numbers = steps.map(([step]) => Number(step));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      const seen = new Set(steps.map((step) => step.join('/')));
      expect([...seen].toSorted()).toEqual(['1', '2', '3', '4', '5/left', '5/right', '6/pack', '6/send', '7/9']);
    }
  }, 60_000);
});
