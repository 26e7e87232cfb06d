import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JsonObject } from '../json.ts';
import { WorkflowRunner, type RunnerArgs } from '../runner.ts';

/** What a project for a test consists of; workflows by their names. */
export interface ProjectFiles {
  workflows?: Record<string, unknown>;
  connections?: unknown;
  parameters?: unknown;
  host?: unknown;
}

const HOST = {
  version: '2.0',
  extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle.Workflows', version: '[1.*, 2.0.0)' },
};
const REQUEST = { manual: { type: 'Request', kind: 'Http' } };

/** A workflow.json with a Request trigger named `manual`, or with the given triggers. */
export function workflowOf(
  actions: JsonObject,
  args: { triggers?: JsonObject; kind?: string; parameters?: JsonObject } = {},
): JsonObject {
  const { triggers = REQUEST, kind = 'Stateful', parameters } = args;
  return { kind, definition: { triggers, actions, ...(parameters && { parameters }), outputs: {} } };
}

/** Writes a project into a temporary folder; a text is written as it is. */
export function writeProject(files: ProjectFiles): string {
  const projectDir = mkdtempSync(join(tmpdir(), 'workflow-project-'));
  const write = (file: string, content: unknown) => {
    if (content !== undefined)
      writeFileSync(join(projectDir, file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  write('host.json', files.host ?? HOST);
  write('connections.json', files.connections);
  write('parameters.json', files.parameters);
  for (const [name, content] of Object.entries(files.workflows ?? {})) {
    mkdirSync(join(projectDir, name));
    write(join(name, 'workflow.json'), content);
  }
  return projectDir;
}

export interface TestRunner {
  runner: WorkflowRunner;
  projectDir: string;
  dataDir: string;
  /** Calls the Request trigger of a workflow. */
  invoke(workflow: string, init?: RequestInit & { path?: string }): Promise<Response>;
  /** Starts a run with a JSON body, waits for its end and returns it with its actions by name. */
  run(workflow: string, body?: unknown): Promise<EndedRun>;
  end(): Promise<void>;
}

export interface EndedRun {
  id: string;
  status: string;
  error?: { code: string; message: string };
  /** The last record of each action; in loops `name@Outer[0]/Inner[3]`. */
  actions: Record<
    string,
    { status: string; code: string; inputs?: unknown; outputs?: unknown; error?: { code: string; message: string } }
  >;
}

/** A runner on a free port; a second becomes a millisecond. */
export async function startRunner(files: ProjectFiles, args: Partial<RunnerArgs> = {}): Promise<TestRunner> {
  const projectDir = args.projectDir ?? writeProject(files);
  const dataDir = args.dataDir ?? mkdtempSync(join(tmpdir(), 'workflow-runs-'));
  const runner = new WorkflowRunner({ settings: {}, timeScale: 0.001, ...args, projectDir, dataDir });
  await runner.start();
  const invoke: TestRunner['invoke'] = (workflow, { path = '', ...init } = {}) =>
    fetch(`${runner.triggerUrl(workflow)}${path}`, { method: 'POST', ...init });
  return {
    runner,
    projectDir,
    dataDir,
    invoke,
    run: async (workflow, body = {}) => {
      const headers = { 'content-type': 'application/json' };
      const response = await invoke(workflow, { headers, body: JSON.stringify(body) });
      const id = response.headers.get('x-ms-workflow-run-id');
      if (id === null) throw new Error(`no run was started: ${response.status} ${await response.text()}`);
      return endOfRun(runner, workflow, id);
    },
    end: async () => {
      await runner.stop();
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(projectDir, { recursive: true, force: true });
    },
  };
}

/** A runner of one workflow with a Request trigger for each group of actions. */
export function startWorkflows(
  actions: Record<string, JsonObject>,
  args: Partial<RunnerArgs> = {},
): Promise<TestRunner> {
  const workflows = Object.entries(actions).map(([name, group]) => [name, workflowOf(group)] as const);
  return startRunner({ workflows: Object.fromEntries(workflows) }, args);
}

export function outputsOf(run: EndedRun, name: string): unknown {
  return run.actions[name]?.outputs;
}

/** What an assertion expects of an action that failed. */
export function failedWith(code: string, message: RegExp): Record<string, unknown> {
  return { status: 'Failed', code, error: { message: expect.stringMatching(message) as unknown } };
}

interface Described {
  name: string;
  properties: {
    status: string;
    error?: { code: string; message: string };
    /** Only of an action inside loops. */
    repetitionCount?: number;
    repetitionIndexes?: { scopeName: string; itemIndex: number }[];
  } & EndedRun['actions'][string];
}

/** Waits for the end of a run, as its history tells it. */
export async function endOfRun(runner: WorkflowRunner, workflow: string, id: string): Promise<EndedRun> {
  const base = `http://127.0.0.1:${runner.port}/runtime/webhooks/workflow/api/management/workflows/${workflow}/runs/${id}`;
  const read = async (path: string) => (await fetch(`${base}${path}`)).json();
  for (;;) {
    const { properties } = (await read('')) as Described;
    if (properties.status !== 'Running' && properties.status !== 'Waiting') {
      const { value } = (await read('/actions')) as { value: Described[] };
      const repeated = async ({ name }: Described) => {
        const repetitions = (await read(`/actions/${encodeURIComponent(name)}/repetitions`)) as { value: Described[] };
        return repetitions.value.map(({ properties: one }) => [`${name}@${pathOf(one)}`, one] as const);
      };
      const actions = await Promise.all(
        value.map((action) =>
          action.properties.repetitionCount === undefined
            ? [[action.name, action.properties] as const]
            : repeated(action),
        ),
      );
      return {
        id,
        status: properties.status,
        actions: Object.fromEntries(actions.flat()),
        ...(properties.error && { error: properties.error }),
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function pathOf({ repetitionIndexes = [] }: Described['properties']): string {
  return repetitionIndexes.map(({ scopeName, itemIndex }) => `${scopeName}[${itemIndex}]`).join('/');
}
