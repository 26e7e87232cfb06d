import type { Json, JsonObject } from '../json.ts';
import type { Settings } from './settings.ts';

/** States that `runAfter` may wait for; a run knows more of them (`RunStatus`, `ActionStatus`). */
export const RUN_AFTER_STATES = ['Succeeded', 'Failed', 'Skipped', 'TimedOut'] as const;

/** An action of a definition; what else it holds depends on its type and was checked against the type's schema. */
export interface ActionDefinition {
  type: string;
  runAfter?: Record<string, string[]>;
  inputs?: Json;
  [property: string]: Json | undefined;
}

export type Actions = Record<string, ActionDefinition>;

/** Which operation of a built-in connector an action or trigger uses, over which connection of connections.json. */
export interface ServiceProviderConfiguration {
  connectionName: string;
  operationId: string;
  serviceProviderId: string;
}

export interface TriggerDefinition {
  type: 'Request' | 'Recurrence' | 'ServiceProvider';
  kind?: string;
  inputs?: {
    schema?: JsonObject;
    method?: string;
    relativePath?: string;
    parameters?: JsonObject;
    serviceProviderConfiguration?: ServiceProviderConfiguration;
  };
  recurrence?: Recurrence;
  splitOn?: string;
  correlation?: { clientTrackingId?: string };
  conditions?: { expression: string }[];
  operationOptions?: string;
  runtimeConfiguration?: {
    concurrency?: { runs?: number; maximumWaitingRuns?: number };
    secureData?: { properties: string[] };
  };
}

/** `interval` units of `frequency`, counted from `startTime`; `schedule` picks times within the day and week. */
export interface Recurrence {
  frequency: 'Second' | 'Minute' | 'Hour' | 'Day' | 'Week' | 'Month';
  interval: number;
  startTime?: string;
  endTime?: string;
  timeZone?: string;
  schedule?: { hours?: (number | string)[]; minutes?: (number | string)[]; weekDays?: string[] };
}

export interface WorkflowDefinition {
  triggers: Record<string, TriggerDefinition>;
  actions: Actions;
  parameters?: Record<string, { type: string; defaultValue?: Json }>;
}

/** A checked workflow of a project. */
export interface Workflow {
  name: string;
  kind: 'Stateful' | 'Stateless';
  definition: WorkflowDefinition;
  triggerName: string;
  trigger: TriggerDefinition;
  /** Values of the parameters of project and workflow. */
  parameters: JsonObject;
  /** App settings, for `appsetting()`. */
  settings: Settings;
  /** What a ServiceProvider trigger listens with: its parameters with app settings and parameters put in. */
  triggerParameters?: JsonObject;
}

/** A group of actions inside an action: a branch of a condition, the body of a loop or of a scope. */
export interface Branch {
  name: string;
  actions: Actions;
}

/** The groups of actions inside an action; none for an action that only does one thing. */
export function branchesOf(action: ActionDefinition): Branch[] {
  const branch = (name: string, holder: Json | undefined): Branch[] => {
    const actions = (holder as { actions?: Actions } | undefined)?.actions;
    return actions ? [{ name, actions }] : [];
  };
  const cases = Object.entries((action.cases ?? {}) as JsonObject);
  return [
    ...branch('actions', action as unknown as Json),
    ...branch('else', action.else),
    ...cases.flatMap(([name, holder]) => branch(`case ${name}`, holder)),
    ...branch('default', action.default),
  ];
}

/** True where one of the actions, or one inside them, answers the caller. */
export function hasResponse(actions: Actions): boolean {
  return Object.values(actions).some(
    (action) => action.type === 'Response' || branchesOf(action).some((branch) => hasResponse(branch.actions)),
  );
}

/** Loops repeat their actions, so nothing outside can refer to one of these. */
export function isLoop(action: ActionDefinition): boolean {
  return action.type === 'Foreach' || action.type === 'Until';
}
