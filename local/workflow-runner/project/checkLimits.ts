import { branchesOf, type Actions } from './definition.ts';
import type { Report } from './checkShape.ts';

/** Azure's limits of a workflow ("Limits and configuration reference for Azure Logic Apps"). */
const MOST_ACTIONS = 500;
const MOST_VARIABLES = 250;

/** Checks that a workflow is no larger than Azure takes. Its shape was checked before. */
export function checkLimits(actions: Actions, report: Report): void {
  const all = everyAction(actions);
  if (all.length > MOST_ACTIONS)
    report('the workflow', `has ${all.length} actions; at most ${MOST_ACTIONS} are allowed`);
  const variables = all
    .filter(({ type }) => type === 'InitializeVariable')
    .flatMap(({ inputs }) => (inputs as { variables: unknown[] }).variables);
  if (variables.length > MOST_VARIABLES)
    report('the workflow', `has ${variables.length} variables; at most ${MOST_VARIABLES} are allowed`);
}

function everyAction(actions: Actions): Actions[string][] {
  return Object.values(actions).flatMap((action) => [
    action,
    ...branchesOf(action).flatMap((branch) => everyAction(branch.actions)),
  ]);
}
