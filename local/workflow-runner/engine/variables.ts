import { isObject, typeName, type Json, type JsonObject } from '../json.ts';
import { ActionError } from './records.ts';

export const VARIABLE_TYPES = ['array', 'boolean', 'float', 'integer', 'object', 'string'] as const;

const TESTS: Record<string, (value: Json) => boolean> = {
  array: (value) => Array.isArray(value),
  boolean: (value) => typeof value === 'boolean',
  float: (value) => typeof value === 'number',
  integer: (value) => typeof value === 'number' && Number.isInteger(value),
  object: (value) => isObject(value),
  string: (value) => typeof value === 'string',
};

interface Variable {
  type: string;
  value: Json;
}

/** Variables of one run. Without a first value a variable is null until it is set. */
export class Variables {
  readonly #variables = new Map<string, Variable>();
  #changed = false;

  declare(name: string, type: string, value: Json | undefined): void {
    if (this.#variables.has(name))
      throw new ActionError({
        code: 'VariableAlreadyInitialized',
        message: `The variable '${name}' is initialized twice.`,
      });
    this.#variables.set(name, { type: type.toLowerCase(), value: null });
    if (value !== undefined) this.set(name, value);
    this.#changed = true;
  }

  get(name: string): Json {
    return this.#variable(name).value;
  }

  /** Sets a value of the declared type, or throws an `ActionError`. */
  set(name: string, value: Json): void {
    const variable = this.#variable(name);
    if (!TESTS[variable.type]?.(value))
      throw new ActionError({
        code: 'InvalidVariableValue',
        message: `The variable '${name}' of type ${variable.type} cannot hold a value of type ${typeName(value)}.`,
      });
    variable.value = value;
    this.#changed = true;
  }

  /** All variables if one changed since the last call, for saving. */
  takeChanges(): JsonObject | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return Object.fromEntries([...this.#variables].map(([name, variable]) => [name, { ...variable }]));
  }

  /** Puts back what `takeChanges` gave before a restart. */
  restore(saved: JsonObject): void {
    for (const [name, variable] of Object.entries(saved)) this.#variables.set(name, variable as unknown as Variable);
  }

  #variable(name: string): Variable {
    const variable = this.#variables.get(name);
    if (variable) return variable;
    throw new ActionError({
      code: 'VariableNotFound',
      message: `The variable '${name}' has not been initialized yet.`,
    });
  }
}
