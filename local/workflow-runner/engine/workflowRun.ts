import { setTimeout as sleep } from 'node:timers/promises';
import { actionKinds } from '../actions/registry.ts';
import { ExpressionError } from '../expressions/errors.ts';
import { evaluateValue } from '../expressions/evaluate.ts';
import type { Json } from '../json.ts';
import { branchesOf, type ActionDefinition, type Actions } from '../project/definition.ts';
import type { RunStore } from '../store/runStore.ts';
import type { ActionContext, GroupOutcome, TriggerResponse } from './actionKind.ts';
import {
  ActionError,
  type ActionResult,
  type ActionStatus,
  type RunError,
  type RunningAction,
  type RunStatus,
} from './records.ts';
import { iterationFrame, runScope, type Frame } from './runScope.ts';
import type { RunState } from './runState.ts';
import { groupStatus, runGraph, type UnmetCondition } from './schedule.ts';
import type { Services } from './services.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Thrown through a run that is put aside because the runner stops; it goes on at the next start. */
class Suspended extends Error {}

export interface RunOutcome {
  status: RunStatus;
  error?: RunError;
}

/** One execution of a workflow. Finished actions are on disk; a resumed run takes them as they are. */
export class WorkflowRun {
  readonly #state: RunState;
  readonly #store: RunStore;
  readonly #services: Services;
  readonly #respond: (response: TriggerResponse) => Promise<boolean>;
  /** Ends requests under way. */
  readonly #aborted = new AbortController();
  /** Ends waits, and keeps new actions from starting. */
  readonly #halted = new AbortController();
  readonly #underWay = new Map<string, RunningAction>();
  #terminated: RunOutcome | undefined;

  constructor(args: {
    state: RunState;
    store: RunStore;
    services: Services;
    respond: (response: TriggerResponse) => Promise<boolean>;
  }) {
    this.#state = args.state;
    this.#store = args.store;
    this.#services = args.services;
    this.#respond = args.respond;
  }

  /** Runs to the end; undefined if the run was suspended before. */
  async execute(): Promise<RunOutcome | undefined> {
    try {
      const { status } = await this.#runGroup(this.#state.workflow.definition.actions, { path: '' });
      if (this.#terminated) return this.#terminated;
      if (status === 'Succeeded') return { status: 'Succeeded' };
      const message = 'An action failed. No dependent actions succeeded.';
      return { status: 'Failed', error: { code: 'ActionFailed', message } };
    } catch (error) {
      if (error instanceof Suspended) return undefined;
      throw error;
    }
  }

  /** Actions that have begun and not ended. */
  get underWay(): RunningAction[] {
    return [...this.#underWay.values()];
  }

  /** Ends the run at the next opportunity; what is under way is aborted. */
  cancel(): void {
    this.#terminate({ status: 'Cancelled' });
  }

  /** Starts no more actions and ends waits; requests under way end after the grace time. */
  suspend(graceMs: number): void {
    this.#halted.abort(new Suspended());
    setTimeout(() => this.#aborted.abort(new Suspended()), graceMs).unref();
  }

  async #runGroup(actions: Actions, frame: Frame): Promise<GroupOutcome> {
    const statuses = await runGraph({
      actions,
      run: (name, definition) => this.#runAction(name, definition, frame),
      skip: (name, definition, because) => this.#skip(name, definition, frame, skipReason(name, because)),
    });
    return { status: groupStatus(actions, statuses), scope: runScope({ state: this.#state, frame }) };
  }

  async #runAction(name: string, definition: ActionDefinition, frame: Frame): Promise<ActionStatus> {
    const finished = this.#state.record(frame.path, name);
    if (finished) return finished.status;
    if (this.#terminated) return this.#skip(name, definition, frame, 'The run was terminated.');
    this.#throwIfSuspended();
    const begun = { name, path: frame.path, startTime: new Date().toISOString() };
    const key = `${frame.path}|${name}`;
    this.#underWay.set(key, begun);
    try {
      const result = await this.#perform(name, definition, frame);
      return await this.#record(begun, definition, result);
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #perform(name: string, definition: ActionDefinition, frame: Frame): Promise<ActionResult> {
    try {
      return await actionKinds.get(definition.type)!.run(this.#context(name, definition, frame));
    } catch (error) {
      if (error instanceof ActionError) return error.result;
      if (error instanceof ExpressionError) return invalidTemplate(name, error);
      this.#throwIfSuspended();
      if (this.#terminated) return { status: 'Cancelled', code: 'Cancelled' };
      console.error(error);
      const message = `The runner failed: ${error instanceof Error ? error.message : String(error)}`;
      return { status: 'Failed', code: 'InternalServerError', error: { code: 'InternalServerError', message } };
    }
  }

  #context(name: string, definition: ActionDefinition, frame: Frame): ActionContext {
    const state = this.#state;
    const scope = runScope({ state, frame });
    return {
      name,
      definition,
      run: state.id,
      services: this.#services,
      variables: state.variables,
      scope,
      signal: this.#aborted.signal,
      pause: (ms) => this.#pause(ms),
      evaluate: (value, item) => evaluateValue(value, item === undefined ? scope : runScope({ state, frame, item })),
      runActions: (actions, iteration) => this.#runGroup(actions, iteration ? iterationFrame(frame, iteration) : frame),
      skipActions: (actions) => this.#skipAll(actions, frame, 'The branch was not taken.'),
      once: (key, compute) => this.#once([frame.path, name, key].join('|'), compute),
      respond: this.#respond,
      terminate: (status, error) => this.#terminate({ status, ...(error && { error }) }),
    };
  }

  async #record(
    { name, path, startTime }: RunningAction,
    definition: ActionDefinition,
    result: ActionResult,
  ): Promise<ActionStatus> {
    const endTime = new Date().toISOString();
    const secured = securedOf(definition);
    const record = {
      name,
      path,
      startTime,
      endTime,
      ...result,
      code: result.code ?? result.status,
      ...(secured && { secured }),
    };
    await this.#store.saveAction(this.#state.id, record, this.#state.variables.takeChanges());
    this.#state.add(record);
    return record.status;
  }

  async #skip(name: string, definition: ActionDefinition, frame: Frame, message: string): Promise<ActionStatus> {
    const finished = this.#state.record(frame.path, name);
    if (finished) return finished.status;
    for (const { actions } of branchesOf(definition)) await this.#skipAll(actions, frame, message);
    const code = 'ActionSkipped';
    const begun = { name, path: frame.path, startTime: new Date().toISOString() };
    return this.#record(begun, definition, { status: 'Skipped', code, error: { code, message } });
  }

  async #skipAll(actions: Actions, frame: Frame, message: string): Promise<void> {
    for (const [name, definition] of Object.entries(actions)) await this.#skip(name, definition, frame, message);
  }

  async #once<T extends Json>(key: string, compute: () => T): Promise<T> {
    const decided = this.#state.decisions.get(key);
    if (decided !== undefined) return decided as T;
    const value = compute();
    await this.#store.saveDecision(this.#state.id, key, value);
    this.#state.decisions.set(key, value);
    return value;
  }

  #terminate(outcome: RunOutcome): void {
    this.#terminated ??= outcome;
    this.#halted.abort();
    this.#aborted.abort();
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#halted;
    const until = Date.now() + ms;
    for (let left = ms; left > 0; left = until - Date.now())
      await sleep(Math.min(left, MAX_TIMER_MS), undefined, { signal });
  }

  #throwIfSuspended(): void {
    const { signal } = this.#halted;
    if (signal.aborted && signal.reason instanceof Suspended) throw signal.reason;
  }
}

/** What `runtimeConfiguration.secureData` keeps out of the history. */
function securedOf({ runtimeConfiguration }: ActionDefinition): string[] | undefined {
  const { secureData } = (runtimeConfiguration ?? {}) as { secureData?: { properties: string[] } };
  return secureData?.properties;
}

function skipReason(name: string, { predecessor, wanted, actual }: UnmetCondition): string {
  return (
    `The execution of template action '${name}' is skipped: the 'runAfter' condition for action '${predecessor}' is not ` +
    `satisfied. Expected status values '${wanted.join(', ')}' and actual value '${actual}'.`
  );
}

function invalidTemplate(name: string, error: ExpressionError): ActionResult {
  const code = 'InvalidTemplate';
  const message = `Unable to process template language expressions in action '${name}' inputs: '${error.message}'.`;
  return { status: 'Failed', code, error: { code, message } };
}
