import type { ActionRecord, RunningAction } from '../../engine/records.ts';
import type { JsonObject } from '../../json.ts';
import { contents, inside, type Resource } from './links.ts';

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
export function listActions(run: Resource, seen: readonly Seen[]): JsonObject[] {
  return [...Map.groupBy(seen, ({ name }) => name).values()].map((records) => describeAction(run, records));
}

export function describeAction(run: Resource, records: readonly Seen[]): JsonObject {
  const [first] = records as [Seen];
  const resource = inside(run, `actions/${first.name}`);
  const about = { id: resource.id, name: first.name, type: 'workflows/runs/actions' };
  if (first.path === '') return { ...about, properties: properties(resource, first) };
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
export function listRepetitions(run: Resource, records: readonly Seen[]): JsonObject[] {
  return records.filter(({ path }) => path !== '').map((record) => describeRepetition(run, record));
}

export function describeRepetition(run: Resource, record: Seen): JsonObject {
  const name = repetitionName(record.path);
  const resource = inside(run, `actions/${record.name}/repetitions/${name}`);
  return {
    id: resource.id,
    name,
    type: 'workflows/runs/actions/repetitions',
    properties: {
      repetitionIndexes: indexesOf(record.path).map((index) => ({ ...index })),
      ...properties(resource, record),
    },
  };
}

/** Iterations of a loop, each with what its own actions came to. */
export function listScopeRepetitions(run: Resource, loop: string, seen: readonly Seen[]): JsonObject[] {
  const within = seen.filter(({ path }) => indexesOf(path).at(-1)?.scopeName === loop);
  return [...Map.groupBy(within, ({ path }) => path)].map(([path, records]) => {
    const name = repetitionName(path);
    const status = worst(records);
    return {
      id: inside(run, `actions/${loop}/scopeRepetitions/${name}`).id,
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

function properties(resource: Resource, record: Seen): JsonObject {
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
    ...contents(resource, 'Action', record),
  };
}

const FROM_WORST = ['Running', 'Cancelled', 'Failed', 'TimedOut', 'Succeeded'];

function worst(records: readonly Seen[]): string {
  return FROM_WORST.find((status) => records.some((record) => record.status === status)) ?? 'Skipped';
}
