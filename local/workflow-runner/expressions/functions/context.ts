import { isObject, type Json } from '../../json.ts';
import type { EvaluationScope } from '../scope.ts';
import type { Arguments } from './arguments.ts';
import { formValues, multipartBody, singleFormValue } from './forms.ts';

/** A function that reads the run; names come as texts. */
export interface ContextFunction {
  min: number;
  max: number;
  call(args: Arguments, scope: EvaluationScope): Json;
}

const actionBody: ContextFunction = {
  min: 1,
  max: 1,
  call: (args, scope) => bodyOf(scope.action(args.text(0)).outputs),
};
const actionOutputs: ContextFunction = {
  min: 1,
  max: 1,
  call: (args, scope) => scope.action(args.text(0)).outputs ?? null,
};

/** Workflow functions: trigger, actions, variables, parameters, loops. */
export const contextFunctions: Record<string, ContextFunction> = {
  action: { min: 0, max: 0, call: (_args, scope) => scope.currentAction() },
  actionBody,
  actionOutputs,
  actions: { min: 1, max: 1, call: (args, scope) => scope.action(args.text(0)) },
  appsetting: { min: 1, max: 1, call: (args, scope) => scope.appSetting(args.text(0)) },
  body: actionBody,
  formDataMultiValues: { min: 2, max: 2, call: (args, scope) => formValues(args, 1, actionBody.call(args, scope)) },
  formDataValue: { min: 2, max: 2, call: (args, scope) => singleFormValue(args, 1, actionBody.call(args, scope)) },
  item: { min: 0, max: 0, call: (_args, scope) => scope.item() },
  items: { min: 1, max: 1, call: (args, scope) => scope.loopItem(args.text(0)) },
  iterationIndexes: { min: 1, max: 1, call: (args, scope) => scope.iterationIndex(args.text(0)) },
  multipartBody: { min: 2, max: 2, call: (args, scope) => multipartBody(args, 1, actionBody.call(args, scope)) },
  outputs: actionOutputs,
  parameters: { min: 1, max: 1, call: (args, scope) => scope.parameter(args.text(0)) },
  result: { min: 1, max: 1, call: (args, scope) => scope.results(args.text(0)) },
  trigger: { min: 0, max: 0, call: (_args, scope) => scope.trigger() },
  triggerBody: { min: 0, max: 0, call: (_args, scope) => triggerBody(scope) },
  triggerFormDataMultiValues: { min: 1, max: 1, call: (args, scope) => formValues(args, 0, triggerBody(scope)) },
  triggerFormDataValue: { min: 1, max: 1, call: (args, scope) => singleFormValue(args, 0, triggerBody(scope)) },
  triggerMultipartBody: { min: 1, max: 1, call: (args, scope) => multipartBody(args, 0, triggerBody(scope)) },
  triggerOutputs: { min: 0, max: 0, call: (_args, scope) => scope.trigger().outputs ?? null },
  variables: { min: 1, max: 1, call: (args, scope) => scope.variable(args.text(0)) },
  workflow: { min: 0, max: 0, call: (_args, scope) => scope.workflow() },
};

function triggerBody(scope: EvaluationScope): Json {
  return bodyOf(scope.trigger().outputs);
}

function bodyOf(outputs: Json | undefined): Json {
  return isObject(outputs) ? (outputs.body ?? null) : (outputs ?? null);
}
