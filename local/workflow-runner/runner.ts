import type { Server } from 'node:http';
import { join } from 'node:path';
import { ControlError } from '../process/serviceHost.ts';
import { runnerServices } from './runnerServices.ts';
import type { Services } from './engine/services.ts';
import { WorkflowRuntime } from './engine/workflowRuntime.ts';
import { describeRun } from './http/management/describeRun.ts';
import { listen } from './http/server.ts';
import type { Workflow } from './project/definition.ts';
import { loadProject, type Project } from './project/loadProject.ts';
import type { Settings } from './project/settings.ts';
import type { RunnableWorkflow, ServedWorkflow } from './servedWorkflow.ts';
import { HistoryKeeper } from './store/historyKeeper.ts';
import { RunStore } from './store/runStore.ts';
import { ownTrigger } from './triggers/ownTrigger.ts';
import { startRuns } from './triggers/triggerRuns.ts';

const STOP_GRACE_MS = 5000;
const RECENT_RUNS = 20;
/** Ended runs that each workflow keeps at most, however young they are. */
const MOST_RUNS = 10_000;

export interface RunnerArgs {
  /** Logic Apps Standard project. */
  projectDir: string;
  /** Folder of the run history; must exist. */
  dataDir: string;
  /** App settings. */
  settings: Settings;
  /** 0 (the default) takes a free port. */
  port?: number;
  /** Factor on waits and retry delays; 1 (the default) is real time. */
  timeScale?: number;
  /** Ended runs that each workflow keeps at most. */
  mostRuns?: number;
}

/** Runs the workflows of a Logic Apps Standard project on this machine. */
export class WorkflowRunner {
  readonly #args: RunnerArgs;
  readonly #project: Project;
  readonly #stores: { Stateful: RunStore; Stateless: RunStore };
  readonly #services: Services;
  readonly #runnable: RunnableWorkflow[];
  readonly #workflows: ReadonlyMap<string, ServedWorkflow>;
  readonly #history: HistoryKeeper;
  #server: Server | undefined;
  #boundPort = 0;

  /**
   * Loads the project and notes which of its workflows are refused. Throws a `ProjectError` of one line for a folder that
   * is no project.
   */
  constructor(args: RunnerArgs) {
    this.#args = args;
    this.#project = loadProject(args);
    const { connections, host, refused, workflows } = this.#project;
    this.#stores = {
      Stateful: new RunStore({ file: join(args.dataDir, 'runs.sqlite') }),
      Stateless: new RunStore({ file: ':memory:' }),
    };
    const { settings, timeScale = 1, mostRuns = MOST_RUNS } = args;
    const runtime = (name: string) => {
      const workflow = this.#served(name);
      return workflow.runtime ?? workflow.error;
    };
    this.#services = runnerServices({ connections, settings, timeScale, runtime });
    this.#runnable = workflows.map((workflow) => this.#prepare(workflow));
    const unhealthy = refused.map((workflow) => ({ ...workflow, store: this.#stores.Stateful }));
    const all = [...this.#runnable, ...unhealthy].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#workflows = new Map(all.map((one) => [one.name.toLowerCase(), one]));
    this.#history = new HistoryKeeper({ workflows: this.#runnable, retentionMs: host.retentionMs, mostRuns });
  }

  get port(): number {
    return this.#boundPort;
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#boundPort}`;
  }

  /** Why workflows, connections and parameters are refused, one line each. */
  get faults(): string[] {
    const { faults, refused } = this.#project;
    return [...new Set([...faults, ...refused.map(({ error }) => error)].map(({ message }) => message))];
  }

  /** Serves triggers and history, goes on with interrupted runs, arms the triggers that fire by themselves. */
  async start(): Promise<void> {
    const { server, port } = await listen({ port: this.#args.port ?? 0, workflows: this.#workflows });
    this.#server = server;
    this.#boundPort = port;
    await this.#history.start();
    // A run may wait for the answer of another workflow's run: all are known before the first goes on.
    for (const { runtime } of this.#runnable) runtime.restore();
    for (const { runtime } of this.#runnable) runtime.begin();
    for (const { trigger } of this.#runnable) trigger?.start();
  }

  /** Takes no more calls, puts runs aside and closes the history. */
  async stop(): Promise<void> {
    await Promise.all(this.#runnable.map(({ trigger }) => trigger?.stop()));
    this.#history.stop();
    const server = this.#server;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server?.closeIdleConnections();
    await Promise.all(this.#runnable.map(({ runtime }) => runtime.stop(STOP_GRACE_MS)));
    server?.closeAllConnections();
    await closed;
    await this.#services.close();
    this.#stores.Stateful.close();
    this.#stores.Stateless.close();
  }

  /** Workflows with their health, triggers and counts of runs by status. */
  async describe(): Promise<{ workflows: Record<string, unknown>[] }> {
    const described = [...this.#workflows.values()].map(async (workflow) => {
      const { name, store } = workflow;
      if (!workflow.runtime) return { name, error: workflow.error.message, runs: store.counts(name) };
      const { kind, triggerName, trigger } = workflow.runtime.workflow;
      return {
        name,
        kind,
        trigger: { name: triggerName, type: trigger.type, ...(await workflow.trigger?.describe()) },
        ...(trigger.type === 'Request' && { url: this.triggerUrl(name) }),
        runs: store.counts(name),
      };
    });
    return { workflows: await Promise.all(described) };
  }

  /** Address of a Request trigger. */
  triggerUrl(workflow: string): string {
    const { name, triggerName } = this.#running(workflow).runtime.workflow;
    return `${this.#origin}/api/${name}/triggers/${triggerName}/invoke`;
  }

  /** The last runs of a workflow, newest first. */
  runs(args: { workflow: string }): { value: unknown[] } {
    const { name, store } = this.#served(args.workflow);
    return { value: store.runs(name, { limit: RECENT_RUNS, after: '' }).map((run) => describeRun(this.#origin, run)) };
  }

  /** Runs a recurrence now, beside its schedule. */
  async trigger(args: { workflow: string }): Promise<{ runs: string[] }> {
    const { runtime } = this.#running(args.workflow);
    const { name, trigger } = runtime.workflow;
    if (trigger.type !== 'Recurrence')
      throw new ControlError(
        trigger.type === 'Request'
          ? `workflow "${name}" has a Request trigger; call ${this.triggerUrl(name)} instead.`
          : `workflow "${name}" has a ${trigger.type} trigger, which starts with what its service sends.`,
      );
    const started = await startRuns(runtime, {});
    return { runs: started.map(({ id }) => id) };
  }

  #prepare(workflow: Workflow): RunnableWorkflow {
    const store = this.#stores[workflow.kind];
    const runtime = new WorkflowRuntime({ workflow, store, services: this.#services });
    const { connections, host } = this.#project;
    const { dataDir, settings } = this.#args;
    const trigger = ownTrigger({ runtime, store, connections, eventHubs: host.eventHubs, dataDir, settings });
    return { name: workflow.name, store, runtime, ...(trigger && { trigger }) };
  }

  #served(name: string): ServedWorkflow {
    const found = this.#workflows.get(name.toLowerCase());
    if (found) return found;
    const known = [...this.#workflows.values()].map((workflow) => workflow.name);
    throw new ControlError(`there is no workflow "${name}"; there are ${known.join(', ')}.`);
  }

  #running(name: string): RunnableWorkflow {
    const served = this.#served(name);
    if (served.runtime) return served;
    throw new ControlError(`workflow "${served.name}" is refused: ${served.error.message}`);
  }
}
