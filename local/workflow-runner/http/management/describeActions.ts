import type { ActionRecord, RunningAction } from '../../engine/records.ts';
import type { JsonObject } from '../../json.ts';
import { contents } from './links.ts';

/** An action of a run: ended, or under way. */
export type Seen = ActionRecord | (RunningAction & { status: 'Running'; endTime?: undefined; code?: undefined });

/** An iteration of a loop: which, and what of its index. */
interface Index {
  scopeName: string;
  itemIndex: number;
}

/** The iterations that a record's path names, outermost first. */
function indexesOf(path: string): Index[] {
  if (path === '') return [];
  return [...path.matchAll(/([^/]+)\[(\d+)\](?:\/|$)/g)].map(([, scopeName = '', index = '']) => ({
    scopeName,
    itemIndex: Number(index),
  }));
}

/** Name of a repetition, as on Azure: six digits for each loop around it. */
export function repetitionName(path: string): string {
  return indexesOf(path)
    .map(({ itemIndex }) => String(itemIndex).padStart(6, '0'))
    .join('-');
}

/** The actions of a run, each once: one inside loops with the number of its repetitions and what they came to. */
export function listActions(base: string, seen: readonly Seen[]): JsonObject[] {
  return [...Map.groupBy(seen, ({ name }) => name).values()].map((records) => describeAction(base, records));
}

export function describeAction(base: string, records: readonly Seen[]): JsonObject {
  const [first] = records as [Seen];
  const id = `${base}/actions/${first.name}`;
  const about = { id, name: first.name, type: 'workflows/runs/actions' };
  if (first.path === '') return { ...about, properties: properties(id, first) };
  const last = records.map(({ endTime }) => endTime ?? '').toSorted();
  const status = worst(records);
  return {
    ...about,
    properties: {
      status,
      code: status,
      startTime: records.map(({ startTime }) => startTime).toSorted()[0]!,
      ...(status !== 'Running' && { endTime: last.at(-1)! }),
      repetitionCount: records.length,
    },
  };
}

/** Repetitions of an action inside loops. */
export function listRepetitions(base: string, records: readonly Seen[]): JsonObject[] {
  return records.filter(({ path }) => path !== '').map((record) => describeRepetition(base, record));
}

export function describeRepetition(base: string, record: Seen): JsonObject {
  const name = repetitionName(record.path);
  const id = `${base}/actions/${record.name}/repetitions/${name}`;
  return {
    id,
    name,
    type: 'workflows/runs/actions/repetitions',
    properties: { repetitionIndexes: indexesOf(record.path).map((index) => ({ ...index })), ...properties(id, record) },
  };
}

/** Iterations of a loop, each with what its own actions came to. */
export function listScopeRepetitions(base: string, loop: string, seen: readonly Seen[]): JsonObject[] {
  const inside = seen.filter(({ path }) => indexesOf(path).at(-1)?.scopeName === loop);
  return [...Map.groupBy(inside, ({ path }) => path)].map(([path, records]) => {
    const name = repetitionName(path);
    const status = worst(records);
    return {
      id: `${base}/actions/${loop}/scopeRepetitions/${name}`,
      name,
      type: 'workflows/runs/actions/scopeRepetitions',
      properties: {
        repetitionIndexes: indexesOf(path).map((index) => ({ ...index })),
        status,
        code: status,
        startTime: records.map(({ startTime }) => startTime).toSorted()[0]!,
      },
    };
  });
}

function properties(id: string, record: Seen): JsonObject {
  const { status, startTime } = record;
  if (record.status === 'Running') return { status, startTime };
  const { endTime, code, error, retryHistory } = record;
  return {
    status,
    code,
    startTime,
    endTime,
    ...(error && { error: { ...error } }),
    ...(retryHistory && {
      retryHistory: retryHistory.map(({ error: failure, ...attempt }) => ({
        ...attempt,
        ...(failure && { error: { ...failure } }),
      })),
    }),
    ...contents(id.replace('/workflows', ''), 'Action', record),
  };
}

const FROM_WORST = ['Running', 'Cancelled', 'Failed', 'TimedOut', 'Succeeded'];

function worst(records: readonly Seen[]): string {
  return FROM_WORST.find((status) => records.some((record) => record.status === status)) ?? 'Skipped';
}
