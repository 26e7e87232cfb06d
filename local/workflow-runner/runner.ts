import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { hostStorage } from '../functions-host/storage/hostStorage.ts';
import { ControlError } from '../process/serviceHost.ts';
import type { Services } from './engine/services.ts';
import { WorkflowRuntime } from './engine/workflowRuntime.ts';
import { describeRun } from './http/history.ts';
import { listen, type ServedWorkflow } from './http/server.ts';
import { loadProject, type Project } from './project/loadProject.ts';
import type { JsonObject } from './json.ts';
import type { Settings } from './project/settings.ts';
import { identityTokens } from './providers/identityTokens.ts';
import type { ProviderClient } from './providers/provider.ts';
import { providers } from './providers/registry.ts';
import { RunStore } from './store/runStore.ts';
import { ProviderTrigger } from './triggers/providerTrigger.ts';
import { RecurrenceTimer } from './triggers/recurrenceTimer.ts';
import { startRuns, TriggerRefusal } from './triggers/triggerRuns.ts';

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
  readonly #stores: { Stateful: RunStore; Stateless: RunStore };
  readonly #workflows: ReadonlyMap<string, ServedWorkflow>;
  readonly #timers = new Map<string, RecurrenceTimer>();
  readonly #listeners = new Map<string, ProviderTrigger>();
  readonly #services: Services;
  readonly #args: RunnerArgs;
  #server: Server | undefined;
  #boundPort = 0;

  /** Loads the project; throws a `ProjectError` of one line if it cannot be run. */
  constructor(args: RunnerArgs) {
    this.#project = loadProject(args);
    this.#args = args;
    this.#stores = {
      Stateful: new RunStore({ file: join(args.dataDir, 'runs.sqlite') }),
      Stateless: new RunStore({ file: ':memory:' }),
    };
    this.#services = createServices(this.#project, args.settings, args.timeScale ?? 1);
    this.#workflows = new Map(
      this.#project.workflows.map((workflow) => {
        const store = this.#stores[workflow.kind];
        return [
          workflow.name.toLowerCase(),
          { store, runtime: new WorkflowRuntime({ workflow, store, services: this.#services }) },
        ];
      }),
    );
  }

  get port(): number {
    return this.#boundPort;
  }

  /** Serves triggers and history, goes on with interrupted runs, arms the recurrences. */
  async start(): Promise<void> {
    const { server, port } = await listen({ port: this.#args.port ?? 0, workflows: this.#workflows });
    this.#server = server;
    this.#boundPort = port;
    await this.#stores.Stateful.removeEndedBefore(new Date(Date.now() - RETENTION_DAYS * 86_400_000).toISOString());
    for (const { runtime, store } of this.#workflows.values()) {
      runtime.resume();
      this.#armRecurrence(runtime, store);
      this.#listen(runtime);
    }
  }

  /** Takes no more calls, puts runs aside and closes the history. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) timer.stop();
    await Promise.all([...this.#listeners.values()].map((listener) => listener.stop()));
    const server = this.#server;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server?.closeIdleConnections();
    await Promise.all([...this.#workflows.values()].map(({ runtime }) => runtime.stop(STOP_GRACE_MS)));
    server?.closeAllConnections();
    await closed;
    await this.#services.close();
    this.#stores.Stateful.close();
    this.#stores.Stateless.close();
  }

  /** Workflows with their triggers and counts of runs by status. */
  async describe(): Promise<{ workflows: Record<string, unknown>[] }> {
    const described = [...this.#workflows.values()].map(async ({ runtime, store }) => {
      const { name, kind, triggerName, trigger } = runtime.workflow;
      const next = this.#timers.get(name)?.next;
      return {
        name,
        kind,
        trigger: {
          name: triggerName,
          type: trigger.type,
          ...(next !== undefined && { next }),
          ...(await this.#listeners.get(name)?.describe()),
        },
        ...(trigger.type === 'Request' && { url: this.triggerUrl(name) }),
        runs: store.counts(name),
      };
    });
    return { workflows: await Promise.all(described) };
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
        trigger.type === 'Request'
          ? `workflow "${name}" has a Request trigger; call ${this.triggerUrl(name)} instead.`
          : `workflow "${name}" has a ${trigger.type} trigger, which starts with what its service sends.`,
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

  #listen(runtime: WorkflowRuntime): void {
    const { name, trigger, triggerParameters } = runtime.workflow;
    const configuration = trigger.inputs?.serviceProviderConfiguration;
    if (!configuration || !triggerParameters) return;
    const { connectionName, operationId, serviceProviderId } = configuration;
    const warn = (message: string) => console.error(`workflow "${name}", connection "${connectionName}": ${message}`);
    const listener = new ProviderTrigger({
      operation: providers.find(({ id }) => id === serviceProviderId)!.triggers[operationId]!,
      context: {
        connectionName,
        connection: this.#project.connections.get(connectionName)!,
        parameters: triggerParameters,
        storage: hostStorage(this.#args.settings),
        eventHubs: this.#project.eventHubs,
        // One runner works on a data folder, so folder and workflow name it, also after a crash.
        instanceId: createHash('sha256').update(`${this.#args.dataDir}/${name}`).digest('hex').slice(0, 16),
        fire: (outputs, cutOff) => fire(runtime, outputs, cutOff, warn),
        warn,
      },
    });
    this.#listeners.set(name, listener);
    listener.start();
  }

  #served(name: string): ServedWorkflow {
    const found = this.#workflows.get(name.toLowerCase());
    if (found) return found;
    const known = this.#project.workflows.map((workflow) => workflow.name).join(', ');
    throw new ControlError(`there is no workflow "${name}"; there are ${known}.`);
  }
}

/** What cannot start a run does not come again, as on Azure; it is noted. */
async function fire(
  runtime: WorkflowRuntime,
  outputs: JsonObject,
  cutOff: AbortSignal,
  warn: (message: string) => void,
): Promise<void> {
  await runtime.room(cutOff);
  try {
    await startRuns(runtime, outputs);
  } catch (error) {
    if (!(error instanceof TriggerRefusal)) throw error;
    warn(error.message);
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
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close?.()));
    },
  };
}
