import type { ActionDefinition, Actions } from '../project/definition.ts';
import { allEnded } from './allEnded.ts';
import type { ActionStatus } from './records.ts';

/** Why an action does not run: a predecessor, the states that were wanted of it, and how it ended. */
export interface UnmetCondition {
  predecessor: string;
  wanted: string[];
  actual: ActionStatus;
}

/**
 * Runs a group of actions: each one exactly once, as soon as all actions that it runs after have ended, in parallel where
 * nothing holds it back. An action whose `runAfter` is not met is skipped. The graph must have no cycles.
 */
export async function runGraph(args: {
  actions: Actions;
  run(name: string, definition: ActionDefinition): Promise<ActionStatus>;
  skip(name: string, definition: ActionDefinition, because: UnmetCondition): Promise<ActionStatus>;
}): Promise<Map<string, ActionStatus>> {
  const started = new Map<string, Promise<ActionStatus>>();
  const start = (name: string): Promise<ActionStatus> => {
    const running = started.get(name) ?? runWhenReady(name, args.actions[name]!);
    started.set(name, running);
    return running;
  };
  const runWhenReady = async (name: string, definition: ActionDefinition): Promise<ActionStatus> => {
    const conditions = Object.entries(definition.runAfter ?? {});
    const ended = await Promise.all(conditions.map(([predecessor]) => start(predecessor)));
    const unmet = conditions.findIndex(([, wanted], index) => !isWanted(wanted, ended[index]!));
    if (unmet < 0) return args.run(name, definition);
    const [predecessor, wanted] = conditions[unmet]!;
    return args.skip(name, definition, { predecessor, wanted, actual: ended[unmet]! });
  };
  const names = Object.keys(args.actions);
  const statuses = await allEnded(names.map(start));
  return new Map(names.map((name, index) => [name, statuses[index]!]));
}

/** States are compared without case: definitions of older designers write them in capitals. */
function isWanted(wanted: string[], status: ActionStatus): boolean {
  return wanted.some((state) => state.toLowerCase() === status.toLowerCase());
}

/**
 * How a group ended, judged by its last actions: a failure that nothing handled fails the group. A skipped last action
 * counts as what it was skipped for.
 */
export function groupStatus(actions: Actions, statuses: ReadonlyMap<string, ActionStatus>): ActionStatus {
  const followed = new Set(Object.values(actions).flatMap(({ runAfter }) => Object.keys(runAfter ?? {})));
  const known = new Map<string, ActionStatus>();
  const effective = (name: string): ActionStatus => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const status = statuses.get(name)!;
    const result = status === 'Skipped' ? worst(Object.keys(actions[name]?.runAfter ?? {}).map(effective)) : status;
    known.set(name, result);
    return result;
  };
  return worst(
    Object.keys(actions)
      .filter((name) => !followed.has(name))
      .map(effective),
  );
}

function worst(statuses: ActionStatus[]): ActionStatus {
  if (statuses.includes('Cancelled')) return 'Cancelled';
  return statuses.some((status) => status === 'Failed' || status === 'TimedOut') ? 'Failed' : 'Succeeded';
}
