import { branchesOf, isLoop, type ActionDefinition, type Actions, type TriggerDefinition } from './definition.ts';
import type { Report } from './checkShape.ts';

/**
 * Checks what is said about the order of actions: `runAfter` names siblings and has no cycles, names are used once in the
 * workflow, and actions stand where they may.
 */
export function checkGraph(actions: Actions, trigger: TriggerDefinition, report: Report): void {
  const seen = new Map<string, string>();
  const checkGroup = (group: Actions, place: { loop?: string; nested: boolean }) => {
    for (const [name, definition] of Object.entries(group)) {
      const same = seen.get(name.toLowerCase());
      if (same !== undefined)
        report(
          `action "${name}"`,
          `the name is used twice${same === name ? '' : ` (as "${same}")`}; names are unique in a workflow`,
        );
      seen.set(name.toLowerCase(), name);
      checkRunAfter(name, definition, group, report);
      checkPlace(name, definition, { ...place, trigger }, report);
      const loop = isLoop(definition) ? name : place.loop;
      for (const branch of branchesOf(definition))
        checkGroup(branch.actions, { nested: true, ...(loop !== undefined && { loop }) });
    }
    checkCycles(group, report);
  };
  checkGroup(actions, { nested: false });
}

function checkRunAfter(name: string, { runAfter = {} }: ActionDefinition, group: Actions, report: Report): void {
  for (const predecessor of Object.keys(runAfter)) {
    if (Object.hasOwn(group, predecessor)) continue;
    report(
      `action "${name}"`,
      `runAfter names "${predecessor}", which is no action beside it; there are ${Object.keys(group).join(', ')}`,
    );
  }
}

function checkPlace(
  name: string,
  { type }: ActionDefinition,
  place: { loop?: string; nested: boolean; trigger: TriggerDefinition },
  report: Report,
): void {
  const fault = placeFault(type, place);
  if (fault !== undefined) report(`action "${name}"`, fault);
}

function placeFault(
  type: string,
  place: { loop?: string; nested: boolean; trigger: TriggerDefinition },
): string | undefined {
  if (type === 'InitializeVariable' && place.nested)
    return 'a variable is initialized at the top level of a workflow only; move the action there';
  if (type === 'Terminate' && place.loop !== undefined)
    return `cannot stand in the loop "${place.loop}"; end the run after it`;
  if (type !== 'Response') return undefined;
  if (place.loop !== undefined) return `cannot stand in the loop "${place.loop}"; answer once, after it`;
  if (place.trigger.splitOn !== undefined) return 'cannot answer a trigger with splitOn, which starts many runs';
  return place.trigger.type === 'Request' ? undefined : 'needs a trigger of type Request; nobody waits for an answer';
}

/** Reports the first cycle of a group with its way round. */
function checkCycles(group: Actions, report: Report): void {
  const done = new Set<string>();
  for (const start of Object.keys(group)) {
    const cycle = findCycle(group, start, [], done);
    if (cycle)
      return report(
        `action "${start}"`,
        `runAfter goes in a circle: ${cycle.join(' → ')}; remove one of these dependencies`,
      );
  }
}

function findCycle(group: Actions, name: string, path: string[], done: Set<string>): string[] | undefined {
  const known = path.indexOf(name);
  if (known >= 0) return [...path.slice(known), name];
  if (done.has(name)) return undefined;
  for (const predecessor of Object.keys(group[name]?.runAfter ?? {})) {
    const cycle = findCycle(group, predecessor, [...path, name], done);
    if (cycle) return cycle;
  }
  done.add(name);
  return undefined;
}
