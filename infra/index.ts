import { PersonalizationStack } from '../components/index.ts';
import { readConfig } from './config.ts';

const stack = new PersonalizationStack('attune', readConfig());

/** Base URL of the HTTP API. */
export const apiUrl = stack.apiUrl;
export const resourceGroupName = stack.resourceGroupName;
export const functionAppName = stack.functionAppName;
export const workflowAppName = stack.workflowAppName;
/** Host name of the Event Hubs namespace. */
export const eventHubsNamespace = stack.eventHubsNamespace;
/** Where business events are published. */
export const eventGridEndpoint = stack.eventGridEndpoint;
export const cosmosEndpoint = stack.cosmosEndpoint;
/** Blob endpoint of the model registry. */
export const registryEndpoint = stack.registryEndpoint;
