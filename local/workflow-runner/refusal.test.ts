import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compose } from './testing/definitions.ts';
import { endOfRun, outputsOf, startRunner, workflowOf, writeProject, type TestRunner } from './testing/testProject.ts';

const GOOD = workflowOf({ Got: compose("@triggerBody()['n']") });
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

let test: TestRunner | undefined;
afterEach(async () => {
  await test?.end();
  test = undefined;
});

const management = async (path: string) => {
  const base = `http://127.0.0.1:${test!.runner.port}/runtime/webhooks/workflow/api/management/workflows`;
  const response = await fetch(`${base}${path}`);
  return { status: response.status, body: (await response.json()) as unknown };
};

describe('a workflow that is refused', () => {
  it.each<[string, unknown, RegExp]>([
    ['an empty file', '', /^bad\/workflow.json: is not JSON/],
    ['half a file', JSON.stringify(GOOD).slice(0, 60), /^bad\/workflow.json: is not JSON/],
    ['bytes', Buffer.from([0, 255, 254, 1]).toString('latin1'), /is not JSON/],
    ['a list', [], /must hold a JSON object/],
    ['null', 'null', /must hold a JSON object/],
    ['a file nested 100,000 levels deep', nested(100_000), /is not JSON: it is nested deeper than 500 levels/],
    ['actions that are a list', { kind: 'Stateful', definition: { triggers: { m: {} }, actions: [] } }, /actions/],
    ['an action that is null', workflowOf({ A: null }), /action "A" has the unknown type null/],
    ['a prototype for an action', workflowOf({ A: { type: '__proto__' } }), /unknown type "__proto__"/],
    [
      'an action named __proto__',
      '{"kind":"Stateful","definition":{"triggers":{"m":{"type":"Request","kind":"Http"}},"actions":{"__proto__":{"type":"Nope"}}}}',
      /action "__proto__" has the unknown type "Nope"/,
    ],
    ['a constructor for a predecessor', workflowOf({ A: compose(1, { constructor: ['Succeeded'] }) }), /constructor/],
    ['an expression without an end', workflowOf({ A: compose("@concat('a'") }), /cannot be read/],
  ])('is left out, others run: %s', async (_what, bad, fault) => {
    test = await startRunner({ workflows: { bad, good: GOOD } });
    expect(test.runner.faults).toEqual([expect.stringMatching(fault)]);
    expect(test.runner.faults[0]).not.toMatch(/\n/);
    expect(outputsOf(await test.run('good', { n: 5 }), 'Got')).toBe(5);
    const message = expect.stringMatching(/^The template validation failed: 'bad\/workflow.json: /) as unknown;
    expect(await management('/bad')).toMatchObject({
      status: 200,
      body: { health: { state: 'Unhealthy', error: { code: 'InvalidTemplate', message } } },
    });
    const call = await fetch(test.runner.triggerUrl('good').replace('/good/', '/bad/'), { method: 'POST' });
    expect(call.status).toBe(400);
    expect(await call.json()).toMatchObject({ error: { code: 'InvalidTemplate', message } });
  });

  it('keeps its history readable, and goes on with its runs once it is mended', async () => {
    const wait = { type: 'Wait', inputs: { interval: { count: 1000, unit: 'Second' } } };
    const files = { workflows: { flow: workflowOf({ W: wait, End: compose(1, { W: ['Succeeded'] }) }), good: GOOD } };
    const first = await startRunner(files);
    const invoked = await first.invoke('flow');
    const id = invoked.headers.get('x-ms-workflow-run-id')!;
    await first.runner.stop();

    const broken = writeProject({ workflows: { flow: '{', good: GOOD } });
    test = await startRunner({}, { projectDir: broken, dataDir: first.dataDir });
    expect(await management(`/flow/runs/${id}`)).toMatchObject({
      status: 200,
      body: { properties: { status: 'Running' } },
    });
    expect(test.runner.runs({ workflow: 'flow' }).value).toHaveLength(1);
    await test.runner.stop();

    const mended = { ...files, workflows: { flow: workflowOf({ Other: compose(1) }) } };
    const third = await startRunner(mended, { dataDir: first.dataDir });
    expect(await endOfRun(third.runner, 'flow', id)).toMatchObject({ actions: { End: { outputs: 1 } } });
    await third.end();
    for (const folder of [first.projectDir, broken]) rmSync(folder, { recursive: true, force: true });
    test = undefined;
  });

  it('is each one that uses a connection or a parameter with a fault', async () => {
    const connections = {
      serviceProviderConnections: {
        db: {
          serviceProvider: { id: '/serviceProviders/AzureCosmosDB' },
          parameterValues: { connectionString: "@appsetting('NOPE')" },
        },
      },
    };
    const read = {
      type: 'ServiceProvider',
      inputs: {
        parameters: { databaseId: 'd', containerId: 'c', itemId: 'i', partitionKey: 'p' },
        serviceProviderConfiguration: {
          connectionName: 'db',
          operationId: 'ReadDocument',
          serviceProviderId: '/serviceProviders/AzureCosmosDB',
        },
      },
    };
    test = await startRunner({
      workflows: {
        good: GOOD,
        database: workflowOf({ Read: read }),
        parameter: workflowOf({ A: compose("@parameters('p')") }),
      },
      connections,
      parameters: { p: { type: 'Int', value: 'x' } },
    });
    expect(test.runner.faults).toEqual([
      expect.stringMatching(/^parameters.json: parameter "p" is declared as Int/),
      expect.stringMatching(/^connections.json: connection "db": the app setting "NOPE" is not set/),
    ]);
    const { workflows } = await test.runner.describe();
    expect(workflows.map(({ name, error }) => [name, error])).toEqual([
      ['database', test.runner.faults[1]],
      ['good', undefined],
      ['parameter', test.runner.faults[0]],
    ]);
    expect(outputsOf(await test.run('good', { n: 1 }), 'Got')).toBe(1);
  });

  it('is all of them where a file that they share cannot be read', async () => {
    test = await startRunner({ workflows: { good: GOOD }, connections: '{"serviceProviderConnections":' });
    expect(await management('')).toMatchObject({
      status: 200,
      body: [{ name: 'good', health: { state: 'Unhealthy' } }],
    });
  });

  it('is not a folder beside the workflows', async () => {
    const projectDir = writeProject({ workflows: { good: GOOD } });
    mkdirSync(join(projectDir, 'lib'));
    writeFileSync(join(projectDir, 'lib', 'notes.txt'), 'x');
    test = await startRunner({}, { projectDir });
    expect(await management('')).toMatchObject({ body: [{ name: 'good' }] });
  });
});
