import { ExpressionError } from '../expressions/errors.ts';
import type { EvaluationScope } from '../expressions/scope.ts';
import type { Json, JsonObject } from '../json.ts';
import { branchesOf, isLoop, type ActionDefinition } from '../project/definition.ts';
import type { Iteration } from './actionKind.ts';
import type { ActionRecord } from './records.ts';
import type { RunState } from './runState.ts';

/** Where in the loops of a run an action stands. The root has an empty path and no iteration. */
export interface Frame {
  path: string;
  parent?: Frame;
  iteration?: Iteration;
}

export function iterationFrame(parent: Frame, iteration: Iteration): Frame {
  const step = `${iteration.loop}[${iteration.index}]`;
  return { path: parent.path === '' ? step : `${parent.path}/${step}`, parent, iteration };
}

/** What expressions of an action see: names are looked up in its own iteration first, then outwards. */
export function runScope(args: { state: RunState; frame: Frame; item?: Json }): EvaluationScope {
  const { state, frame } = args;
  return {
    parameter: (name) => known(state.workflow.parameters, name, 'parameter'),
    variable: (name) => state.variables.get(name),
    appSetting: (name) => known(state.workflow.settings, name, 'app setting'),
    trigger: () => state.trigger,
    action: (name) => {
      const record = recordOf(state, frame, name);
      if (!record) throw new ExpressionError(`the action '${name}' has not run`);
      return shown(record);
    },
    currentAction: () => {
      throw new ExpressionError('action() is known in the condition of an Until only');
    },
    results: (name) => resultsOf(state, frame, name),
    item: () => (args.item !== undefined ? args.item : nearestItem(frame)),
    loopItem: (name) => iterationOf(frame, name).item ?? null,
    iterationIndex: (name) => iterationOf(frame, name).index,
    workflow: () => {
      const { name } = state.workflow;
      const id = `/workflows/${name}`;
      const run = { id: `${id}/runs/${state.id}`, name: state.id, type: 'workflows/runs' };
      return { id, name, type: 'workflows', tags: {}, run };
    },
  };
}

function known(from: Readonly<Record<string, Json | undefined>>, name: string, kind: string): Json {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined) throw new ExpressionError(`the ${kind} '${name}' does not exist`);
  return value;
}

function recordOf(state: RunState, frame: Frame, name: string): ActionRecord | undefined {
  for (let current: Frame | undefined = frame; current; current = current.parent) {
    const record = state.record(current.path, name);
    if (record) return record;
  }
  return undefined;
}

/** What `actions()` and `result()` give of a record; the rest is the runner's own. */
function shown({ path: _path, secured: _secured, ...record }: ActionRecord): JsonObject {
  return record as unknown as JsonObject;
}

/** Records of the actions directly in a scope; of a loop each action with its records of every iteration. */
function resultsOf(state: RunState, frame: Frame, name: string): Json[] {
  const definition = findAction(state.workflow.definition.actions, name);
  if (!definition) throw new ExpressionError(`the action '${name}' does not exist`);
  const names = branchesOf(definition).flatMap(({ actions }) => Object.keys(actions));
  if (!isLoop(definition)) return names.flatMap((inner) => recordsOf(state, [frame], inner));
  const frames = iterationFrames(state, frame, name);
  return names.map((inner) => ({ name: inner, outputs: recordsOf(state, frames, inner) }));
}

function recordsOf(state: RunState, frames: Frame[], name: string): Json[] {
  const records = frames.map((frame) => recordOf(state, frame, name));
  return records.filter((record) => record !== undefined).map(shown);
}

function iterationFrames(state: RunState, frame: Frame, loop: string): Frame[] {
  const frames: Frame[] = [];
  for (;;) {
    const inner = iterationFrame(frame, { loop, index: frames.length });
    if (!state.hasRecords(inner.path)) return frames;
    frames.push(inner);
  }
}

function findAction(actions: Record<string, ActionDefinition>, name: string): ActionDefinition | undefined {
  if (Object.hasOwn(actions, name)) return actions[name];
  for (const action of Object.values(actions)) {
    for (const branch of branchesOf(action)) {
      const found = findAction(branch.actions, name);
      if (found) return found;
    }
  }
  return undefined;
}

function nearestItem(frame: Frame): Json {
  for (let current: Frame | undefined = frame; current; current = current.parent) {
    if (current.iteration?.item !== undefined) return current.iteration.item;
  }
  throw new ExpressionError('item() is known in a Foreach, Select or Query only');
}

function iterationOf(frame: Frame, loop: string): Iteration {
  for (let current: Frame | undefined = frame; current; current = current.parent) {
    if (current.iteration?.loop === loop) return current.iteration;
  }
  throw new ExpressionError(`the action is not inside the loop '${loop}'`);
}
