import type { JsonObject } from '../json.ts';
import type { Workflow } from '../project/definition.ts';
import type { RunStore } from '../store/runStore.ts';
import type { TriggerResponse } from './actionKind.ts';
import type { RunOutcome } from './workflowRun.ts';
import { newRunId } from './runId.ts';
import { RunState, type SavedRun } from './runState.ts';
import type { Services } from './services.ts';
import { WorkflowRun } from './workflowRun.ts';

/** Runs that wait for their turn before triggers that can wait are made to. */
const MOST_WAITING = 1000;

/** Runs at once where the trigger does not say otherwise. */
const DEFAULT_RUNS = 50;

/** A started run, for the caller of the trigger. */
export interface StartedRun {
  id: string;
  /** Answer of a Response action; undefined once the run ended without one. */
  response: Promise<TriggerResponse | undefined>;
}

interface Queued {
  state: RunState;
  respond: (response: TriggerResponse) => boolean;
  ended: () => void;
}

/** The runs of one workflow: a bounded number at work, the others waiting, all of them on disk. */
export class WorkflowRuntime {
  readonly workflow: Workflow;
  readonly #store: RunStore;
  readonly #services: Services;
  readonly #limit: number;
  readonly #waiting: Queued[] = [];
  readonly #running = new Map<WorkflowRun, Promise<void>>();
  /** Triggers that wait for room. */
  readonly #blocked: (() => void)[] = [];
  #stopped = false;

  constructor(args: { workflow: Workflow; store: RunStore; services: Services }) {
    this.workflow = args.workflow;
    this.#store = args.store;
    this.#services = args.services;
    this.#limit = args.workflow.trigger.runtimeConfiguration?.concurrency?.runs ?? DEFAULT_RUNS;
  }

  /** Goes on with the runs that an earlier process left, each with the definition that it began with. */
  resume(): void {
    for (const { definition, ...saved } of this.#store.openRuns(this.workflow.name)) {
      const workflow = { ...this.workflow, definition };
      this.#enqueue({ state: new RunState({ workflow, saved }), respond: () => false, ended: () => undefined });
    }
  }

  /** Resolves when there is room for more waiting runs, so that a fast source does not fill the memory. */
  async room(cutOff: AbortSignal): Promise<void> {
    while (this.#waiting.length >= MOST_WAITING) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const stop = () => reject(cutOff.reason as Error);
      cutOff.addEventListener('abort', stop, { once: true });
      if (cutOff.aborted) stop();
      this.#blocked.push(resolve);
      await promise.finally(() => cutOff.removeEventListener('abort', stop));
    }
  }

  /** Starts a run for a trigger record; resolves once the run is durable. */
  async start(trigger: JsonObject): Promise<StartedRun> {
    const saved: SavedRun = {
      id: newRunId(performance.timeOrigin + performance.now()),
      trigger,
      records: [],
      decisions: {},
    };
    const { name, definition } = this.workflow;
    await this.#store.createRun({ id: saved.id, workflow: name, definition, trigger });
    const response = new Promise<TriggerResponse | undefined>((resolve) => {
      let answered = false;
      const respond = (answer: TriggerResponse) => {
        if (answered) return false;
        answered = true;
        resolve(answer);
        return true;
      };
      const state = new RunState({ workflow: this.workflow, saved });
      this.#enqueue({ state, respond, ended: () => resolve(undefined) });
    });
    return { id: saved.id, response };
  }

  /** Puts all runs aside; they go on at the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    for (const { ended } of this.#waiting.splice(0)) ended();
    for (const run of this.#running.keys()) run.suspend(graceMs);
    await Promise.all(this.#running.values());
  }

  #enqueue(queued: Queued): void {
    this.#waiting.push(queued);
    this.#startNext();
  }

  #startNext(): void {
    while (!this.#stopped && this.#running.size < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      if (this.#waiting.length < MOST_WAITING) this.#blocked.shift()?.();
      const run = new WorkflowRun({ ...next, store: this.#store, services: this.#services });
      const work = this.#execute(run, next)
        .catch((error: unknown) => console.error(error))
        .finally(() => {
          this.#running.delete(run);
          next.ended();
          this.#startNext();
        });
      this.#running.set(run, work);
    }
  }

  async #execute(run: WorkflowRun, { state }: Queued): Promise<void> {
    await this.#store.startRun(state.id);
    const outcome: RunOutcome | undefined = await run.execute();
    if (!outcome) return;
    await this.#store.finishRun(state.id, outcome.status, outcome.error);
    if (this.workflow.kind === 'Stateless') await this.#store.removeRun(state.id);
  }
}
