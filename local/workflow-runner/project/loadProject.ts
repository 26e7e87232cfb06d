import type { JsonObject } from '../json.ts';
import { checkCalls, type ProjectWorkflows } from './checkCalls.ts';
import { checkGraph } from './checkGraph.ts';
import { checkLimits } from './checkLimits.ts';
import { checkProviders } from './checkProviders.ts';
import { checkReferences } from './checkReferences.ts';
import { checkShape } from './checkShape.ts';
import { loadConnections, type Connections } from './connections.ts';
import type { Workflow, WorkflowDefinition } from './definition.ts';
import { readHostOptions, type HostOptions } from './hostFile.ts';
import { loadParameters, parameterOf, workflowParameters, type Parameters } from './parameters.ts';
import { ProjectError } from './projectError.ts';
import { readHostFile, readObjectFile, workflowFolders } from './projectFiles.ts';
import { resolveSettings, type Settings } from './settings.ts';

/** A workflow that cannot be run, and why: one line that names file, place and fix. */
export interface RefusedWorkflow {
  name: string;
  error: ProjectError;
}

/** A Logic Apps Standard project: what of it can be run, checked from end to end, and what cannot. */
export interface Project {
  workflows: Workflow[];
  refused: RefusedWorkflow[];
  connections: Connections;
  host: HostOptions;
  /** Faults of connections and parameters, whether a workflow uses them or not. */
  faults: ProjectError[];
}

const WORKFLOW_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;

/**
 * Loads a project folder. A workflow that the runner would not run as Azure does is refused, with the first fault: an
 * unknown trigger, action, function, provider, operation, connection, parameter or app setting, a wrong reference, a
 * circle of `runAfter`; the others are not disturbed. Throws a `ProjectError` of one line for a folder that is no project.
 */
export function loadProject(args: { projectDir: string; settings: Settings }): Project {
  const { projectDir, settings } = args;
  const host = readHostOptions(readHostFile(projectDir), settings);
  const folders = workflowFolders(projectDir);
  if (folders.length === 0)
    throw new ProjectError({
      file: projectDir,
      fault: 'has no folder with a workflow.json; add one for each workflow',
    });
  const shared = ProjectError.caught(() => loadShared(projectDir, settings));
  if (shared instanceof ProjectError) {
    const refused = folders.map((name) => ({ name, error: shared }));
    return { workflows: [], refused, connections: new Map(), host, faults: [shared] };
  }
  const { parameters, connections } = shared;
  const loaded = folders.map(
    (name) =>
      [name, ProjectError.caught(() => loadWorkflow({ projectDir, name, settings, parameters, connections }))] as const,
  );
  const byName = new Map(loaded.map(([name, workflow]) => [name.toLowerCase(), workflow]));
  const checked = loaded.map(([name, workflow]) => [name, withCheckedCalls(workflow, byName)] as const);
  return {
    workflows: checked.flatMap(([, workflow]) => (workflow instanceof ProjectError ? [] : [workflow])),
    refused: checked.flatMap(([name, error]) => (error instanceof ProjectError ? [{ name, error }] : [])),
    connections,
    host,
    faults: [...parameters.values(), ...connections.values()].filter((value) => value instanceof ProjectError),
  };
}

function withCheckedCalls(workflow: Workflow | ProjectError, all: ProjectWorkflows): Workflow | ProjectError {
  if (workflow instanceof ProjectError) return workflow;
  return ProjectError.caught(() => {
    checkCalls(workflow, all);
    return workflow;
  });
}

function loadShared(projectDir: string, settings: Settings): { parameters: Parameters; connections: Connections } {
  const parameters = loadParameters(readObjectFile(projectDir, 'parameters.json', true), settings);
  const content = readObjectFile(projectDir, 'connections.json', true);
  return { parameters, connections: loadConnections({ content, settings, parameters }) };
}

function loadWorkflow(args: {
  projectDir: string;
  name: string;
  settings: Settings;
  parameters: Parameters;
  connections: Connections;
}): Workflow {
  const { name, settings, connections } = args;
  const file = `${name}/workflow.json`;
  const report = (place: string, fault: string): never => {
    throw new ProjectError({ file, fault: `${place} ${fault}` });
  };
  if (!WORKFLOW_NAME.test(name)) report('the folder', 'must be named with letters, digits, - and _');
  const content = readObjectFile(args.projectDir, file);
  checkShape(content, report);
  const definition = content.definition as unknown as WorkflowDefinition;
  const { actions } = definition;
  const [triggerName, trigger] = Object.entries(definition.triggers)[0]!;
  const parameters = workflowParameters({ file, declared: definition.parameters, project: args.parameters });
  checkLimits(actions, report);
  checkGraph(actions, trigger, report);
  checkReferences({ actions, trigger, parameters, settings, report });
  checkProviders({ actions, trigger, connections, report });
  const kind = content.kind as Workflow['kind'];
  const workflow = { name, kind, definition, triggerName, trigger, parameters: usable(parameters), settings };
  if (trigger.type !== 'ServiceProvider') return workflow;
  return { ...workflow, triggerParameters: resolveTrigger(workflow, parameters, file) };
}

function usable(parameters: Parameters): JsonObject {
  return Object.fromEntries([...parameters].filter(([, value]) => !(value instanceof ProjectError))) as JsonObject;
}

/** A trigger listens before there is a run, so its parameters know app settings and parameters alone. */
function resolveTrigger(workflow: Workflow, parameters: Parameters, file: string): JsonObject {
  const { trigger, triggerName, settings } = workflow;
  const place = `trigger "${triggerName}"`;
  const value = trigger.inputs?.parameters ?? {};
  const parameter = (name: string) => parameterOf(parameters, name);
  return resolveSettings({ value, settings, file, place, parameters: parameter }) as JsonObject;
}
