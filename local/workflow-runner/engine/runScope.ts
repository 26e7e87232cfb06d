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
      return record as unknown as JsonObject;
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
      return { id: `/workflows/${name}`, name, run: { id: `/workflows/${name}/runs/${state.id}`, name: state.id } };
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

/** Records of the actions directly in a scope; of a loop those of every iteration in turn. */
function resultsOf(state: RunState, frame: Frame, name: string): Json[] {
  const definition = findAction(state.workflow.definition.actions, name);
  if (!definition) throw new ExpressionError(`the action '${name}' does not exist`);
  const names = branchesOf(definition).flatMap(({ actions }) => Object.keys(actions));
  const frames: Frame[] = [];
  if (!isLoop(definition)) frames.push(frame);
  else {
    for (let index = 0; ; index++) {
      const inner = iterationFrame(frame, { loop: name, index });
      if (!state.hasRecords(inner.path)) break;
      frames.push(inner);
    }
  }
  const records = frames.flatMap((one) => names.map((inner) => recordOf(state, one, inner)));
  return records.filter((record) => record !== undefined) as unknown as Json[];
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
