import type { JsonObject } from '../json.ts';
import type { Workflow } from '../project/definition.ts';
import type { OpenRun, RunStore } from '../store/runStore.ts';
import type { TriggerResponse } from './actionKind.ts';
import type { RunningAction } from './records.ts';
import { newRunId } from './runId.ts';
import { RunState, type SavedRun } from './runState.ts';
import type { Services } from './services.ts';
import { unlessAborted } from './unlessAborted.ts';
import { WorkflowRun } from './workflowRun.ts';

/** Runs that wait for their turn before triggers that can wait are made to, where the trigger does not limit the runs. */
const MOST_WAITING = 1000;

/** Azure's limit of waiting runs where the trigger limits the runs, added to that limit. */
const WAITING_BESIDE_RUNS = 10;

/** Runs at once where the trigger does not say otherwise. */
const DEFAULT_RUNS = 50;

/** A started run, for the caller of the trigger. */
export interface StartedRun {
  id: string;
  /** Answer of a Response action; undefined once the run ended without one. */
  response: Promise<TriggerResponse | undefined>;
}

/** A run in memory, from its start or its resumption to its end. */
interface OpenedRun {
  state: RunState;
  run: WorkflowRun;
  response: PromiseWithResolvers<TriggerResponse | undefined>;
}

/** The runs of one workflow: a bounded number at work, the others waiting, all of them on disk. */
export class WorkflowRuntime {
  readonly workflow: Workflow;
  readonly #store: RunStore;
  readonly #services: Services;
  readonly #limit: number;
  readonly #mostWaiting: number;
  readonly #open = new Map<string, OpenedRun>();
  #waiting: OpenedRun[] = [];
  readonly #working = new Map<OpenedRun, Promise<void>>();
  /** Triggers that wait for room. */
  readonly #blocked: (() => void)[] = [];
  #halted = true;
  #ended = 0;

  constructor(args: { workflow: Workflow; store: RunStore; services: Services }) {
    this.workflow = args.workflow;
    this.#store = args.store;
    this.#services = args.services;
    const { runs, maximumWaitingRuns } = args.workflow.trigger.runtimeConfiguration?.concurrency ?? {};
    this.#limit = runs ?? DEFAULT_RUNS;
    this.#mostWaiting = maximumWaitingRuns ?? (runs === undefined ? MOST_WAITING : runs + WAITING_BESIDE_RUNS);
  }

  /** Number of runs that ended since the start. */
  get ended(): number {
    return this.#ended;
  }

  /** Takes up the runs that an earlier process left, each with the definition that it began with. */
  restore(): void {
    for (const open of this.#store.openRuns(this.workflow.name)) this.#restoreRun(open);
  }

  /** Begins to work; before that runs only wait. */
  begin(): void {
    this.#halted = false;
    this.#startNext();
  }

  /** True where the trigger limits the runs, and as many as it allows wait for their turn. */
  get isFull(): boolean {
    const { concurrency } = this.workflow.trigger.runtimeConfiguration ?? {};
    return concurrency !== undefined && this.#waiting.length >= this.#mostWaiting;
  }

  /** Resolves when there is room for more waiting runs, so that a fast source does not fill the memory. */
  async room(cutOff: AbortSignal): Promise<void> {
    while (this.#waiting.length >= this.#mostWaiting) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#blocked.push(resolve);
      await unlessAborted(promise, cutOff);
    }
  }

  /**
   * Starts a run for a trigger record; resolves once the run is durable. `id` is for a caller that must know it before;
   * `caller` names the run that waits for the answer, also after a restart.
   */
  async start(
    trigger: JsonObject,
    { id = newRunId(), caller }: { id?: string; caller?: string } = {},
  ): Promise<StartedRun> {
    const saved: SavedRun = { id, trigger, records: [], decisions: {} };
    const { name, definition } = this.workflow;
    await this.#store.createRun({ id, workflow: name, definition, trigger, caller });
    const opened = this.#openRun(new RunState({ workflow: this.workflow, saved }), true);
    this.#enqueue(opened);
    return { id, response: opened.response.promise };
  }

  /** Notes a firing that starts no run. */
  async skip(trigger: JsonObject): Promise<void> {
    await this.#store.saveUnfired({ id: newRunId(), workflow: this.workflow.name, trigger });
  }

  /** The answer of a run that may have been started before a restart; undefined for an id that never was. */
  attach(id: string): StartedRun | undefined {
    const open = this.#open.get(id);
    if (open) return { id, response: open.response.promise };
    const ended = this.#store.run(this.workflow.name, id);
    return ended && { id, response: Promise.resolve(ended.response) };
  }

  /** Cancels a run; false for one that is not open. */
  async cancel(id: string): Promise<boolean> {
    const opened = this.#open.get(id);
    if (!opened) return false;
    opened.run.cancel();
    if (this.#working.has(opened)) return true;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== opened);
    await this.#finish(opened, 'Cancelled');
    return true;
  }

  /** True for a run that has begun and not ended, also when it is put aside. */
  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** Actions of a run that are under way. */
  underWay(id: string): RunningAction[] {
    return this.#open.get(id)?.run.underWay ?? [];
  }

  /** Puts all runs aside; they go on at the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#halted = true;
    for (const { response } of this.#waiting) response.resolve(undefined);
    for (const { run } of this.#working.keys()) run.suspend(graceMs);
    await Promise.all(this.#working.values());
  }

  #restoreRun({ definition, caller, ...saved }: OpenRun): void {
    const state = new RunState({ workflow: { ...this.workflow, definition }, saved });
    const opened = this.#openRun(state, caller !== undefined);
    if (saved.response) opened.response.resolve(saved.response);
    this.#waiting.push(opened);
  }

  /** `awaited`: somebody waits for a Response action. */
  #openRun(state: RunState, awaited: boolean): OpenedRun {
    const response = Promise.withResolvers<TriggerResponse | undefined>();
    const respond = async (answer: TriggerResponse): Promise<boolean> => {
      if (state.response || !awaited) return state.answers(answer);
      state.response = answer;
      await this.#store.saveResponse(state.id, answer);
      response.resolve(answer);
      return true;
    };
    const run = new WorkflowRun({ state, store: this.#store, services: this.#services, respond });
    const opened = { state, run, response };
    this.#open.set(state.id, opened);
    return opened;
  }

  #enqueue(opened: OpenedRun): void {
    this.#waiting.push(opened);
    this.#startNext();
  }

  #startNext(): void {
    while (!this.#halted && this.#working.size < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      if (this.#waiting.length < this.#mostWaiting) this.#blocked.shift()?.();
      const work = this.#execute(next)
        .catch((error: unknown) => console.error(error))
        .finally(() => {
          this.#working.delete(next);
          next.response.resolve(undefined);
          this.#startNext();
        });
      this.#working.set(next, work);
    }
  }

  async #execute(opened: OpenedRun): Promise<void> {
    await this.#store.startRun(opened.state.id);
    const outcome = await opened.run.execute();
    if (outcome) await this.#finish(opened, outcome.status, outcome.error);
  }

  async #finish({ state, response }: OpenedRun, ...outcome: FinishedAs): Promise<void> {
    const [status, error] = outcome;
    await this.#store.finishRun(state.id, status, error);
    this.#open.delete(state.id);
    this.#ended += 1;
    response.resolve(undefined);
    if (this.workflow.kind === 'Stateless') await this.#store.removeRun(state.id);
  }
}

type FinishedAs = [status: Parameters<RunStore['finishRun']>[1], error?: Parameters<RunStore['finishRun']>[2]];
