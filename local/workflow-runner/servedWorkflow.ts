import type { WorkflowRuntime } from './engine/workflowRuntime.ts';
import type { ProjectError } from './project/projectError.ts';
import type { RunStore } from './store/runStore.ts';
import type { OwnTrigger } from './triggers/ownTrigger.ts';

/** A workflow that runs. */
export interface RunnableWorkflow {
  name: string;
  store: RunStore;
  runtime: WorkflowRuntime;
  /** Fires the workflow by itself; absent where callers do. */
  trigger?: OwnTrigger;
  error?: undefined;
}

/** A workflow whose files are refused; its history of before can be read. */
export interface UnhealthyWorkflow {
  name: string;
  store: RunStore;
  error: ProjectError;
  runtime?: undefined;
}

export type ServedWorkflow = RunnableWorkflow | UnhealthyWorkflow;
