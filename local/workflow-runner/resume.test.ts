import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceProcess } from '../process/serviceProcess.ts';
import type { JsonObject } from './json.ts';
import { after } from './testing/definitions.ts';
import { startReceiver, type HttpReceiver } from './testing/httpReceiver.ts';
import { endOfRun, startRunner, workflowOf, writeProject, type TestRunner } from './testing/testProject.ts';

/** Calls the receiver at a path, which may hold the answer back. */
const call = (path: string, runAfter: JsonObject = {}): JsonObject => ({
  type: 'Http',
  runAfter,
  inputs: { method: 'POST', uri: `@{triggerBody()['url']}/${path}`, retryPolicy: { type: 'none' } },
});

const WORKFLOW = workflowOf({
  Total: { type: 'InitializeVariable', inputs: { variables: [{ name: 'total', type: 'Integer', value: 0 }] } },
  First: call('first', after('Total')),
  Decide: {
    type: 'If',
    runAfter: after('First'),
    expression: "@equals(variables('total'), 0)",
    actions: {
      Each: {
        type: 'Foreach',
        foreach: [1, 2, 3],
        operationOptions: 'Sequential',
        actions: {
          Visit: call("item-@{items('Each')}"),
          Add: {
            type: 'IncrementVariable',
            runAfter: after('Visit'),
            inputs: { name: 'total', value: "@items('Each')" },
          },
        },
      },
    },
    else: { actions: { Wrong: { type: 'Compose', inputs: 1 } } },
  },
  End: { type: 'Compose', runAfter: after('Decide'), inputs: "@variables('total')" },
});

let receiver: HttpReceiver;
let held: string | undefined;
let release: () => void;
beforeEach(async () => {
  held = undefined;
  release = () => undefined;
  receiver = await startReceiver(async ({ path }) => {
    if (path === held) await new Promise<void>((resolve) => (release = resolve));
    return { status: 200 };
  });
});
afterEach(() => receiver.close());

const visited = () => receiver.requests.map(({ path }) => path);
const reached = (path: string) => vi.waitFor(() => expect(visited()).toContain(path), { timeout: 15_000 });
const JSON_TYPE = { 'content-type': 'application/json' };

/** Ended: the loop's second item was visited twice because its answer was lost, everything else once. */
const VISITS = ['/first', '/item-1', '/item-2', '/item-2', '/item-3'];

describe('an interrupted run', () => {
  it('goes on from the last completed action when the process was killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflow-kill-'));
    const projectDir = writeProject({ workflows: { flow: WORKFLOW } });
    const restarts: string[] = [];
    const service = new ServiceProcess({
      name: 'workflows',
      entry: join(import.meta.dirname, 'main.ts'),
      dataDir: join(folder, 'data'),
      logDir: join(folder, 'logs'),
      options: { projectDir },
      onEvent: (event) => restarts.push(event),
    });
    await service.start();
    held = '/item-2';
    const { workflows } = await service.call<{ workflows: { url: string }[] }>('describe');
    const response = await fetch(workflows[0]!.url, {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ url: receiver.url }),
    });
    expect(response.status).toBe(202);
    await reached('/item-2');
    held = undefined;
    service.process.kill('SIGKILL');
    release();
    await vi.waitFor(() => expect(restarts).toHaveLength(2), { timeout: 15_000 });
    await vi.waitFor(
      async () => {
        const { value } = await service.call<{ value: { name: string; properties: { status: string } }[] }>('runs', {
          workflow: 'flow',
        });
        expect(value).toMatchObject([
          { name: response.headers.get('x-ms-workflow-run-id'), properties: { status: 'Succeeded' } },
        ]);
      },
      { timeout: 15_000 },
    );
    expect(visited()).toEqual(VISITS);
    await service.stop();
    rmSync(folder, { recursive: true });
    rmSync(projectDir, { recursive: true });
  });

  it('goes on with variables, decisions and its own definition after a stop', async () => {
    const first = await startRunner({ workflows: { flow: WORKFLOW } });
    held = '/item-2';
    const response = await first.invoke('flow', { headers: JSON_TYPE, body: JSON.stringify({ url: receiver.url }) });
    await reached('/item-2');
    held = undefined;
    const stopped = first.runner.stop();
    release();
    await stopped;
    expect(visited()).toEqual(['/first', '/item-1', '/item-2']);

    const changed = writeProject({ workflows: { flow: workflowOf({ Other: { type: 'Compose', inputs: 1 } }) } });
    const second = await startRunner({}, { projectDir: changed, dataDir: first.dataDir });
    const run = await endOfRun(second.runner, 'flow', response.headers.get('x-ms-workflow-run-id')!);
    expect(run).toMatchObject({ status: 'Succeeded', actions: { End: { outputs: 6 }, Wrong: { status: 'Skipped' } } });
    expect(visited()).toEqual(['/first', '/item-1', '/item-2', '/item-3']);
    await endTogether(first, second);
  });

  it('waits only for the rest of its delay', async () => {
    const flow = workflowOf({
      Wait: { type: 'Wait', inputs: { interval: { count: 1500, unit: 'Second' } } },
      Visit: call('after', after('Wait')),
    });
    const first = await startRunner({ workflows: { flow } });
    const response = await first.invoke('flow', { headers: JSON_TYPE, body: JSON.stringify({ url: receiver.url }) });
    await first.runner.stop();
    expect(visited()).toEqual([]);
    const second = await startRunner({}, { projectDir: first.projectDir, dataDir: first.dataDir });
    const run = await endOfRun(second.runner, 'flow', response.headers.get('x-ms-workflow-run-id')!);
    expect(run.status).toBe('Succeeded');
    expect(visited()).toEqual(['/after']);
    await endTogether(second);
  });
});

async function endTogether(...runners: TestRunner[]): Promise<void> {
  await runners.at(-1)?.end();
  for (const { projectDir } of runners) rmSync(projectDir, { recursive: true, force: true });
}
