import type { WorkflowReference } from '../actions/callWorkflow.ts';
import { branchesOf, type ActionDefinition, type Actions, type Workflow } from './definition.ts';
import { ProjectError } from './projectError.ts';

/** The workflows of a project by their names in lower case; a refused one is the error that says why. */
export type ProjectWorkflows = ReadonlyMap<string, Workflow | ProjectError>;

/**
 * Checks the actions of type Workflow: the other workflow exists and starts with a Request trigger, as one run, and does
 * not lead back to the caller. One that is refused itself fails the call, not the caller. Throws a `ProjectError`.
 */
export function checkCalls(caller: Workflow, workflows: ProjectWorkflows): void {
  const file = `${caller.name}/workflow.json`;
  for (const { name, reference } of callsOf(caller.definition.actions)) {
    const fault = callFault(reference, workflows) ?? circleFault(caller, reference, workflows);
    if (fault !== undefined) throw new ProjectError({ file, fault: `action "${name}" ${fault}` });
  }
}

interface WrittenCall {
  name: string;
  reference: WorkflowReference;
}

function callsOf(actions: Actions): WrittenCall[] {
  return Object.entries(actions).flatMap(([name, definition]) => [
    ...(definition.type === 'Workflow' ? [{ name, reference: referenceOf(definition) }] : []),
    ...branchesOf(definition).flatMap((branch) => callsOf(branch.actions)),
  ]);
}

function referenceOf({ inputs }: ActionDefinition): WorkflowReference {
  return (inputs as unknown as { host: WorkflowReference }).host;
}

function callFault({ workflow, triggerName }: WorkflowReference, workflows: ProjectWorkflows): string | undefined {
  const other = workflows.get(workflow.id.toLowerCase());
  if (!other)
    return `calls the workflow "${workflow.id}", which does not exist; there are ${[...workflows.keys()].join(', ')}`;
  if (other instanceof ProjectError) return undefined;
  const { name, trigger } = other;
  if (trigger.type !== 'Request')
    return `calls the workflow "${name}", whose trigger is of type ${trigger.type}; only Request triggers can be called`;
  if (triggerName !== undefined && triggerName.toLowerCase() !== other.triggerName.toLowerCase())
    return `calls the trigger "${triggerName}" of "${name}", which has the trigger "${other.triggerName}"`;
  if (trigger.splitOn !== undefined)
    return `calls the workflow "${name}", whose splitOn starts several runs; a call waits for one`;
  return undefined;
}

/** Runs that wait for runs of their own workflow would sooner or later wait for each other. */
function circleFault(caller: Workflow, first: WorkflowReference, workflows: ProjectWorkflows): string | undefined {
  const seen = new Set<string>();
  const leadsBack = ({ workflow: { id } }: WorkflowReference): boolean => {
    const name = id.toLowerCase();
    if (name === caller.name.toLowerCase()) return true;
    const other = workflows.get(name);
    if (seen.has(name) || !other || other instanceof ProjectError) return false;
    seen.add(name);
    return callsOf(other.definition.actions).some(({ reference }) => leadsBack(reference));
  };
  return leadsBack(first)
    ? `calls the workflow "${first.workflow.id}", which leads back to "${caller.name}" itself; call in one direction`
    : undefined;
}
