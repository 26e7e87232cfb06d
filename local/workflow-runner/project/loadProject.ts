import type { JsonObject } from '../json.ts';
import { checkGraph } from './checkGraph.ts';
import { checkProviders } from './checkProviders.ts';
import { checkReferences } from './checkReferences.ts';
import { checkShape } from './checkShape.ts';
import { loadConnections, type Connection } from './connections.ts';
import type { Workflow, WorkflowDefinition } from './definition.ts';
import { loadParameters, parameterOf, workflowParameters } from './parameters.ts';
import { ProjectError } from './projectError.ts';
import { readHostFile, readObjectFile, workflowFolders } from './projectFiles.ts';
import { readEventHubsOptions, type EventHubsOptions } from './hostFile.ts';
import { resolveSettings, type Settings } from './settings.ts';

/** A Logic Apps Standard project, checked from end to end. */
export interface Project {
  workflows: Workflow[];
  connections: ReadonlyMap<string, Connection>;
  /** `extensions.eventHubs` of host.json. */
  eventHubs: EventHubsOptions;
}

const WORKFLOW_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;

/**
 * Loads a project folder and refuses what the runner would not run as Azure does: an unknown trigger, action, function,
 * provider, operation, connection, parameter or app setting, a wrong reference, a circle of `runAfter`. Throws a
 * `ProjectError` of one line for the first fault.
 */
export function loadProject(args: { projectDir: string; settings: Settings }): Project {
  const { projectDir, settings } = args;
  const eventHubs = readEventHubsOptions(readHostFile(projectDir));
  const folders = workflowFolders(projectDir);
  const parameters = loadParameters(readObjectFile(projectDir, 'parameters.json', true), settings);
  const content = readObjectFile(projectDir, 'connections.json', true);
  const connections = loadConnections({ content, settings, parameters });
  if (folders.length === 0)
    throw new ProjectError({
      file: projectDir,
      fault: 'has no folder with a workflow.json; add one for each workflow',
    });
  const workflows = folders.map((name) => loadWorkflow({ projectDir, name, settings, parameters, connections }));
  return { workflows, connections, eventHubs };
}

function loadWorkflow(args: {
  projectDir: string;
  name: string;
  settings: Settings;
  parameters: JsonObject;
  connections: ReadonlyMap<string, Connection>;
}): Workflow {
  const { name } = args;
  const file = `${name}/workflow.json`;
  const report = (place: string, fault: string): never => {
    throw new ProjectError({ file, fault: `${place} ${fault}` });
  };
  if (!WORKFLOW_NAME.test(name)) report('the folder', 'must be named with letters, digits, - and _');
  const content = readObjectFile(args.projectDir, file);
  checkShape(content, report);
  const definition = content.definition as unknown as WorkflowDefinition;
  const [triggerName, trigger] = Object.entries(definition.triggers)[0]!;
  const parameters = workflowParameters({ file, declared: definition.parameters, project: args.parameters });
  checkGraph(definition.actions, trigger, report);
  checkReferences({ actions: definition.actions, trigger, parameters, settings: args.settings, report });
  checkProviders({ actions: definition.actions, trigger, connections: args.connections, report });
  const kind = content.kind as Workflow['kind'];
  const workflow = { name, kind, definition, triggerName, trigger, parameters, settings: args.settings };
  if (trigger.type !== 'ServiceProvider') return workflow;
  return { ...workflow, triggerParameters: resolveTrigger(workflow, args.settings, file) };
}

/** A trigger listens before there is a run, so its parameters know app settings and parameters alone. */
function resolveTrigger({ trigger, triggerName, parameters }: Workflow, settings: Settings, file: string): JsonObject {
  const place = `trigger "${triggerName}"`;
  const value = trigger.inputs?.parameters ?? {};
  const parameter = (name: string) => parameterOf(parameters, name);
  return resolveSettings({ value, settings, file, place, parameters: parameter }) as JsonObject;
}
