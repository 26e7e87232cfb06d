import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from './json.ts';
import { ProjectError } from './project/projectError.ts';
import { after, compose, variable } from './testing/definitions.ts';
import { load } from './testing/loadedProject.ts';
import { endOfRun, outputsOf, startRunner, workflowOf, type TestRunner } from './testing/testProject.ts';

const respond = (inputs: JsonObject): JsonObject => ({ type: 'Response', inputs });
const WORKFLOWS = {
  echo: workflowOf({ Got: compose('@triggerBody()'), Name: compose("@triggerBody()?['__proto__']?['x']") }),
  // The designer's JSON has such a name as an own property, which an object literal here would not.
  names: JSON.stringify(
    workflowOf({
      constructor: compose(1),
      toString: compose("@outputs('constructor')", after('constructor')),
      Proto_name: compose("@setProperty(json('{}'), '__proto__', outputs('toString'))", after('toString')),
      Missing: compose("@triggerBody()?['hasOwnProperty']"),
    }),
  ),
  header: workflowOf({
    Answer: respond({ statusCode: 200, headers: { "@{triggerBody()['name']}": "@triggerBody()['value']" }, body: 'x' }),
  }),
  status: workflowOf({ Answer: respond({ statusCode: "@triggerBody()['status']" }) }),
};

let test: TestRunner;
beforeAll(async () => {
  test = await startRunner({ workflows: WORKFLOWS });
});
afterAll(() => test.end());

const send = (workflow: string, body: string) =>
  test.invoke(workflow, { headers: { 'content-type': 'application/json' }, body });

describe('a hostile caller', () => {
  it.each([
    ['deeply nested arrays', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['deeply nested objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
    ['half a document', '{"a":[1,2'],
    ['bytes', String.fromCharCode(0, 1, 2)],
  ])('is refused for %s, others are served', async (_what, body) => {
    const refused = await send('echo', body);
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'InvalidRequestContent' } }]);
    expect((await send('echo', '1')).status).toBe(202);
  });

  it('changes no prototype', async () => {
    const response = await send('echo', '{"__proto__":{"x":5},"constructor":{"prototype":{"y":1}}}');
    const run = await endOfRun(test.runner, 'echo', response.headers.get('x-ms-workflow-run-id')!);
    expect(JSON.stringify(outputsOf(run, 'Got'))).toBe('{"__proto__":{"x":5},"constructor":{"prototype":{"y":1}}}');
    expect(outputsOf(run, 'Name')).toBe(5);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('gets no answer with headers or a status that cannot be sent; the run says why', async () => {
    const broken: [string, JsonObject, RegExp][] = [
      ['header', { name: 'a b', value: 'c' }, /the header "a b" cannot be sent/],
      ['header', { name: 'a', value: 'b\r\nset-cookie: c' }, /the header "a" cannot be sent/],
      ['status', { status: 99 }, /the status code 99 is not from 200 to 599/],
      ['status', { status: 'many' }, /the status code "many" is not/],
    ];
    for (const [workflow, body, message] of broken) {
      const response = await send(workflow, JSON.stringify(body));
      expect(response.status).toBe(502);
      const [{ name }] = test.runner.runs({ workflow }).value as [{ name: string }];
      const run = await endOfRun(test.runner, workflow, name);
      expect(run.actions.Answer?.error?.message).toMatch(message);
    }
  });

  it.each(['Set-Cookie', 'Transfer-Encoding', 'Content-Length', 'Connection', 'Trailer'])(
    'does not get the header %s of a Response action',
    async (name) => {
      const response = await send('header', JSON.stringify({ name, value: '7' }));
      expect([response.status, await response.text()]).toEqual([200, 'x']);
      expect(response.headers.get(name)).not.toBe('7');
    },
  );
});

describe('names', () => {
  it('of the language’s own objects are names like others', async () => {
    const run = await test.run('names');
    expect(run.status).toBe('Succeeded');
    expect(outputsOf(run, 'toString')).toBe(1);
    expect(JSON.stringify(outputsOf(run, 'Proto_name'))).toBe('{"__proto__":1}');
    expect(outputsOf(run, 'Missing')).toBeNull();
  });
});

/** A workflow with something of everything. */
const VALID = workflowOf(
  {
    V: variable('Array', []),
    Call: {
      type: 'Http',
      runAfter: after('V'),
      inputs: { method: 'GET', uri: '@{triggerBody()}', headers: { a: 'b' } },
      limit: { timeout: 'PT1S' },
    },
    Decide: {
      type: 'Switch',
      runAfter: after('Call'),
      expression: "@outputs('Call')",
      cases: { One: { case: 1, actions: { A: compose("@concat('a', 'b')") } } },
      default: { actions: {} },
    },
    Each: {
      type: 'Foreach',
      foreach: '@triggerBody()',
      runtimeConfiguration: { concurrency: { repetitions: 3 } },
      actions: {
        Repeat: { type: 'Until', expression: { and: [{ equals: [1, '@item()'] }] }, limit: { count: 3 }, actions: {} },
      },
    },
    Parsed: { type: 'ParseJson', inputs: { content: 1, schema: { type: 'object' } } },
    Child: { type: 'Workflow', inputs: { host: { workflow: { id: 'other' } } } },
  },
  {
    parameters: { p: { type: 'Int', defaultValue: 1 } },
    triggers: {
      manual: {
        type: 'Request',
        kind: 'Http',
        conditions: [{ expression: '@true' }],
        correlation: { clientTrackingId: 'x' },
      },
    },
  },
);

/** Every place of a document, as the way to it. */
function places(value: Json, path: (string | number)[] = []): (string | number)[][] {
  const inner = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([name, member]) => places(member, [...path, name]))];
}

function replaced(value: Json, [first, ...rest]: (string | number)[], by: Json): Json {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(first), replaced(value[Number(first)]!, rest, by));
  return { ...(value as JsonObject), [first]: replaced((value as JsonObject)[first]!, rest, by) };
}

describe('a workflow.json', () => {
  const other = { other: workflowOf({}) };

  it('is valid before it is spoiled', () => {
    expect(load({ workflows: { ...other, flow: VALID } }).workflows).toHaveLength(2);
  });

  it('with anything at any place is loaded or refused with one line, never more', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<Json>(
        '@',
        '@{',
        '@concat(',
        "@item()?['x']",
        '@@',
        '__proto__',
        'Failed',
        {},
        [],
        null,
        -1,
        1e300,
        '',
      ),
    ) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(fc.constantFrom(...places(VALID)), anything, (place, value) => {
        const flow = JSON.stringify(replaced(VALID, place, value));
        let refusal: unknown;
        try {
          load({ workflows: { ...other, flow } });
        } catch (error) {
          refusal = error;
        }
        if (refusal === undefined) return;
        expect(refusal).toBeInstanceOf(ProjectError);
        expect((refusal as Error).message).toMatch(/^flow\/workflow\.json: .+$/);
      }),
      { numRuns: 300 },
    );
  });
});
