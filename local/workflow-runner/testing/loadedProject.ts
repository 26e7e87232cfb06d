import { rmSync } from 'node:fs';
import type { JsonObject } from '../json.ts';
import { loadProject, type Project } from '../project/loadProject.ts';
import { workflowOf, writeProject, type ProjectFiles } from './testProject.ts';

const CONNECTIONS = {
  serviceProviderConnections: {
    db: {
      serviceProvider: { id: '/serviceProviders/AzureCosmosDB' },
      parameterSetName: 'ManagedServiceIdentity',
      parameterValues: {
        accountEndpoint: "@appsetting('Cosmos__accountEndpoint')",
        authProvider: { Type: 'ManagedServiceIdentity', Identity: '/identity' },
      },
    },
  },
};

const SETTINGS = { Cosmos__accountEndpoint: 'https://db/', REGION: 'eu', SIZE: '3' };

/**
 * Loads a project from a temporary folder, by default with an empty workflow; throws what a workflow, a connection or a
 * parameter is refused for.
 */
export function load(files: ProjectFiles, settings: Record<string, string> = SETTINGS): Project {
  const projectDir = writeProject({ workflows: { flow: workflowOf({}) }, ...files });
  try {
    const project = loadProject({ projectDir, settings });
    for (const error of [...project.refused.map((one) => one.error), ...project.faults]) throw error;
    return project;
  } finally {
    rmSync(projectDir, { recursive: true });
  }
}

/** A project with the workflow `flow`, the parameter `region` and the Cosmos DB connection `db`. */
export function withActions(actions: JsonObject, args?: Parameters<typeof workflowOf>[1]): ProjectFiles {
  return {
    workflows: { flow: workflowOf(actions, args) },
    connections: CONNECTIONS,
    parameters: { region: { type: 'String', value: "@appsetting('REGION')" } },
  };
}
