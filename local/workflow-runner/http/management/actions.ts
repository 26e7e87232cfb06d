import type { Json } from '../../json.ts';
import { notFound } from '../httpError.ts';
import { served, type Call } from './call.ts';
import {
  describeAction,
  describeRepetition,
  listActions,
  listRepetitions,
  listScopeRepetitions,
  repetitionName,
  type Seen,
} from './describeActions.ts';
import { contentOf, type Recorded, type Resource } from './links.ts';
import { runOf } from './runs.ts';

/** Actions of a run: those that ended, and those under way. */
export function actionsOf(call: Call): Json {
  return { value: listActions(resourceOf(call), seenOf(call)) };
}

export function actionOf(call: Call): Json {
  return describeAction(resourceOf(call), recordsOf(call));
}

export function repetitionsOf(call: Call): Json {
  return { value: listRepetitions(resourceOf(call), recordsOf(call)) };
}

export function repetitionOf(call: Call): Json {
  return describeRepetition(resourceOf(call), findRepetition(call));
}

export function scopeRepetitionsOf(call: Call): Json {
  const [{ name }] = recordsOf(call) as [Seen];
  return { value: listScopeRepetitions(resourceOf(call), name, seenOf(call)) };
}

/** Inputs or outputs of an action, or of one of its repetitions. */
export function actionContent(call: Call): Json {
  const record = call.path.repetition === undefined ? recordsOf(call)[0] : findRepetition(call);
  return shown(call, 'Action', record as Recorded);
}

/** The content that the path names. */
export function shown({ path: { part = '' } }: Call, kind: 'Action' | 'Trigger', record: Recorded): Json {
  const found = contentOf(part, kind, record);
  if (found !== undefined) return found;
  throw notFound(`There is no content '${part}' to show.`);
}

function resourceOf(call: Call): Resource {
  const { workflow, id } = runOf(call);
  return { origin: call.origin, id: `/workflows/${workflow}/runs/${id}` };
}

function seenOf(call: Call): Seen[] {
  const { runtime, store } = served(call);
  const { id } = runOf(call);
  const underWay = runtime?.underWay(id) ?? [];
  return [...store.actions(id), ...underWay.map((action) => ({ ...action, status: 'Running' as const }))];
}

function recordsOf(call: Call): Seen[] {
  const { action = '', run = '' } = call.path;
  const records = seenOf(call).filter(({ name }) => name.toLowerCase() === action.toLowerCase());
  if (records.length > 0) return records;
  throw notFound(`The run '${run}' has no action '${action}' so far.`);
}

function findRepetition(call: Call): Seen {
  const { action = '', repetition = '' } = call.path;
  const found = recordsOf(call).find(({ path }) => path !== '' && repetitionName(path) === repetition);
  if (found) return found;
  throw notFound(`The action '${action}' has no repetition '${repetition}'.`);
}
