import { isObject, type Json } from '../../json.ts';
import type { EvaluationScope } from '../scope.ts';
import type { Arguments } from './arguments.ts';

/** A function that reads the run; all of them take names as texts. */
export interface ContextFunction {
  min: number;
  max: number;
  call(args: Arguments, scope: EvaluationScope): Json;
}

/** Workflow functions: trigger, actions, variables, parameters, loops. */
export const contextFunctions: Record<string, ContextFunction> = {
  actions: { min: 1, max: 1, call: (args, scope) => scope.action(args.text(0)) },
  appsetting: { min: 1, max: 1, call: (args, scope) => scope.appSetting(args.text(0)) },
  body: { min: 1, max: 1, call: (args, scope) => bodyOf(scope.action(args.text(0)).outputs) },
  item: { min: 0, max: 0, call: (_args, scope) => scope.item() },
  items: { min: 1, max: 1, call: (args, scope) => scope.loopItem(args.text(0)) },
  iterationindexes: { min: 1, max: 1, call: (args, scope) => scope.iterationIndex(args.text(0)) },
  outputs: { min: 1, max: 1, call: (args, scope) => scope.action(args.text(0)).outputs ?? null },
  parameters: { min: 1, max: 1, call: (args, scope) => scope.parameter(args.text(0)) },
  result: { min: 1, max: 1, call: (args, scope) => scope.results(args.text(0)) },
  trigger: { min: 0, max: 0, call: (_args, scope) => scope.trigger() },
  triggerbody: { min: 0, max: 0, call: (_args, scope) => bodyOf(scope.trigger().outputs) },
  triggeroutputs: { min: 0, max: 0, call: (_args, scope) => scope.trigger().outputs ?? null },
  variables: { min: 1, max: 1, call: (args, scope) => scope.variable(args.text(0)) },
  workflow: { min: 0, max: 0, call: (_args, scope) => scope.workflow() },
};

function bodyOf(outputs: Json | undefined): Json {
  return isObject(outputs) ? (outputs.body ?? null) : (outputs ?? null);
}
