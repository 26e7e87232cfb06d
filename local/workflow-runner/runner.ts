import type { Server } from 'node:http';
import { join } from 'node:path';
import { ControlError } from '../process/serviceHost.ts';
import type { Services } from './engine/services.ts';
import { WorkflowRuntime } from './engine/workflowRuntime.ts';
import { describeRun } from './http/history.ts';
import { listen, type ServedWorkflow } from './http/server.ts';
import { loadProject, type Project } from './project/loadProject.ts';
import type { Settings } from './project/settings.ts';
import { identityTokens } from './providers/identityTokens.ts';
import type { ProviderClient } from './providers/provider.ts';
import { providers } from './providers/registry.ts';
import { RunStore } from './store/runStore.ts';
import { RecurrenceTimer } from './triggers/recurrenceTimer.ts';
import { startRuns } from './triggers/triggerRuns.ts';

/** Days that ended runs are kept, as on Azure. */
const RETENTION_DAYS = 90;
const STOP_GRACE_MS = 5000;
const RECENT_RUNS = 20;

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
}

/** Runs the workflows of a Logic Apps Standard project on this machine. */
export class WorkflowRunner {
  readonly #project: Project;
  readonly #port: number;
  readonly #stores: { Stateful: RunStore; Stateless: RunStore };
  readonly #workflows: ReadonlyMap<string, ServedWorkflow>;
  readonly #timers = new Map<string, RecurrenceTimer>();
  #server: Server | undefined;
  #boundPort = 0;

  /** Loads the project; throws a `ProjectError` of one line if it cannot be run. */
  constructor(args: RunnerArgs) {
    this.#project = loadProject(args);
    this.#port = args.port ?? 0;
    this.#stores = {
      Stateful: new RunStore({ file: join(args.dataDir, 'runs.sqlite') }),
      Stateless: new RunStore({ file: ':memory:' }),
    };
    const services = createServices(this.#project, args.settings, args.timeScale ?? 1);
    this.#workflows = new Map(
      this.#project.workflows.map((workflow) => {
        const store = this.#stores[workflow.kind];
        return [workflow.name.toLowerCase(), { store, runtime: new WorkflowRuntime({ workflow, store, services }) }];
      }),
    );
  }

  get port(): number {
    return this.#boundPort;
  }

  /** Serves triggers and history, goes on with interrupted runs, arms the recurrences. */
  async start(): Promise<void> {
    const { server, port } = await listen({ port: this.#port, workflows: this.#workflows });
    this.#server = server;
    this.#boundPort = port;
    await this.#stores.Stateful.removeEndedBefore(new Date(Date.now() - RETENTION_DAYS * 86_400_000).toISOString());
    for (const { runtime, store } of this.#workflows.values()) {
      runtime.resume();
      this.#armRecurrence(runtime, store);
    }
  }

  /** Takes no more calls, puts runs aside and closes the history. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) timer.stop();
    const server = this.#server;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server?.closeIdleConnections();
    await Promise.all([...this.#workflows.values()].map(({ runtime }) => runtime.stop(STOP_GRACE_MS)));
    server?.closeAllConnections();
    await closed;
    this.#stores.Stateful.close();
    this.#stores.Stateless.close();
  }

  /** Workflows with their triggers and counts of runs by status. */
  describe(): { workflows: Record<string, unknown>[] } {
    const workflows = [...this.#workflows.values()].map(({ runtime, store }) => {
      const { name, kind, triggerName, trigger } = runtime.workflow;
      const next = this.#timers.get(name)?.next;
      return {
        name,
        kind,
        trigger: { name: triggerName, type: trigger.type, ...(next !== undefined && { next }) },
        ...(trigger.type === 'Request' && { url: this.triggerUrl(name) }),
        runs: store.counts(name),
      };
    });
    return { workflows };
  }

  /** Address of a Request trigger. */
  triggerUrl(workflow: string): string {
    const { name, triggerName } = this.#served(workflow).runtime.workflow;
    return `http://127.0.0.1:${this.#boundPort}/api/${name}/triggers/${triggerName}/invoke`;
  }

  /** The last runs of a workflow, newest first. */
  runs(args: { workflow: string }): { value: unknown[] } {
    const { runtime, store } = this.#served(args.workflow);
    return { value: store.runs(runtime.workflow.name, { limit: RECENT_RUNS, after: '' }).map(describeRun) };
  }

  /** Runs a recurrence now, beside its schedule. */
  async trigger(args: { workflow: string }): Promise<{ runs: string[] }> {
    const { runtime } = this.#served(args.workflow);
    const { name, trigger } = runtime.workflow;
    if (trigger.type !== 'Recurrence')
      throw new ControlError(
        `workflow "${name}" has a ${trigger.type} trigger; call ${this.triggerUrl(name)} instead.`,
      );
    const started = await startRuns(runtime, {});
    return { runs: started.map(({ id }) => id) };
  }

  #armRecurrence(runtime: WorkflowRuntime, store: RunStore): void {
    const { name, trigger } = runtime.workflow;
    if (!trigger.recurrence) return;
    const fire = async () => {
      await startRuns(runtime, {});
    };
    const timer = new RecurrenceTimer({ workflow: name, recurrence: trigger.recurrence, store, fire });
    this.#timers.set(name, timer);
    timer.start();
  }

  #served(name: string): ServedWorkflow {
    const found = this.#workflows.get(name.toLowerCase());
    if (found) return found;
    const known = this.#project.workflows.map((workflow) => workflow.name).join(', ');
    throw new ControlError(`there is no workflow "${name}"; there are ${known}.`);
  }
}

function createServices({ connections }: Project, settings: Settings, timeScale: number): Services {
  const clients = new Map<string, ProviderClient>();
  return {
    settings,
    timeScale,
    connection(name) {
      const connection = connections.get(name)!;
      const client = clients.get(name) ?? providers.find(({ id }) => id === connection.provider)!.open(connection);
      clients.set(name, client);
      return client;
    },
    token: identityTokens(),
  };
}
