import { ExpressionError } from '../expressions/errors.ts';
import type { EvaluationScope } from '../expressions/scope.ts';
import type { Json, JsonObject } from '../json.ts';

export interface TestScopeArgs {
  parameters?: JsonObject;
  variables?: JsonObject;
  settings?: JsonObject;
  trigger?: JsonObject;
  actions?: Record<string, JsonObject>;
  current?: JsonObject;
  results?: Record<string, Json[]>;
  item?: Json;
  loops?: Record<string, { item: Json; index: number }>;
}

/** A scope over plain objects. */
export function testScope(args: TestScopeArgs = {}): EvaluationScope {
  const look = <T>(kind: string, from: Record<string, T> | undefined, name: string): T => {
    const value = from && Object.hasOwn(from, name) ? from[name] : undefined;
    if (value === undefined) throw new ExpressionError(`no ${kind} ${name}`);
    return value;
  };
  return {
    parameter: (name) => look('parameter', args.parameters, name),
    variable: (name) => look('variable', args.variables, name),
    appSetting: (name) => look('app setting', args.settings, name),
    trigger: () => args.trigger ?? {},
    action: (name) => look('action', args.actions, name),
    currentAction: () => args.current ?? {},
    results: (name) => look('scope', args.results, name),
    item: () => args.item ?? null,
    loopItem: (name) => look('loop', args.loops, name).item,
    iterationIndex: (name) => look('loop', args.loops, name).index,
    workflow: () => ({ name: 'test' }),
  };
}
