import { evaluateValue } from '../expressions/evaluate.ts';
import { ExpressionError } from '../expressions/errors.ts';
import type { EvaluationScope } from '../expressions/scope.ts';
import type { Json } from '../json.ts';
import { ProjectError } from './projectError.ts';

/** App settings: the environment of the process. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Resolves `@appsetting('X')` (and `@parameters('x')`, where given) in a value of connections.json or parameters.json. */
export function resolveSettings(args: {
  value: Json;
  settings: Settings;
  file: string;
  place: string;
  parameters?: (name: string) => Json;
}): Json {
  try {
    return evaluateValue(args.value, settingScope(args.settings, args.parameters));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ProjectError({ file: args.file, fault: `${args.place}: ${error.message}` });
  }
}

function settingScope(settings: Settings, parameters?: (name: string) => Json): EvaluationScope {
  const only = (what: string) => (): never => {
    throw new ExpressionError(`${what} is known to workflows only; use @appsetting('…')`);
  };
  return {
    appSetting: (name) => {
      const value = settings[name];
      if (value === undefined)
        throw new ExpressionError(`the app setting "${name}" is not set; set it, or correct its name`);
      return value;
    },
    parameter: parameters ?? only('parameters()'),
    variable: only('variables()'),
    trigger: only('the trigger'),
    action: only('an action'),
    currentAction: only('action()'),
    results: only('result()'),
    item: only('item()'),
    loopItem: only('items()'),
    iterationIndex: only('iterationIndexes()'),
    workflow: only('workflow()'),
  };
}
