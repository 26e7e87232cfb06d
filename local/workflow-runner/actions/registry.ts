import type { ActionKind } from '../engine/actionKind.ts';
import { callWorkflow } from './callWorkflow.ts';
import { ifAction, scopeAction, switchAction } from './control.ts';
import { compose, join, parseJson, query, select } from './dataOperations.ts';
import { terminate, wait } from './flow.ts';
import { http } from './http.ts';
import { foreachAction, untilAction } from './loops.ts';
import { response } from './response.ts';
import { serviceProvider } from './serviceProvider.ts';
import {
  appendToArrayVariable,
  appendToStringVariable,
  decrementVariable,
  incrementVariable,
  initializeVariable,
  setVariable,
} from './variableActions.ts';

/** Every type of action that the runner knows, by its name in a definition. */
export const actionKinds: ReadonlyMap<string, ActionKind> = new Map(
  Object.entries({
    AppendToArrayVariable: appendToArrayVariable,
    AppendToStringVariable: appendToStringVariable,
    Compose: compose,
    DecrementVariable: decrementVariable,
    Foreach: foreachAction,
    Http: http,
    If: ifAction,
    IncrementVariable: incrementVariable,
    InitializeVariable: initializeVariable,
    Join: join,
    ParseJson: parseJson,
    Query: query,
    Response: response,
    Scope: scopeAction,
    Select: select,
    ServiceProvider: serviceProvider,
    SetVariable: setVariable,
    Switch: switchAction,
    Terminate: terminate,
    Until: untilAction,
    Wait: wait,
    Workflow: callWorkflow,
  }),
);
