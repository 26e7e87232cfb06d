import type { JsonObject } from '../json.ts';

/** `runAfter` of an action that waits for the success of others. */
export const after = (...names: string[]): JsonObject => Object.fromEntries(names.map((name) => [name, ['Succeeded']]));

/** `runAfter` of an action that handles the failure of another. */
export const afterFailure = (name: string): JsonObject => ({ [name]: ['Failed'] });

/** A Compose action; its inputs are any JSON value. */
export const compose = (inputs: unknown, runAfter: JsonObject = {}): JsonObject => ({
  type: 'Compose',
  inputs: inputs as JsonObject,
  runAfter,
});

/** An action that always fails. */
export const failing = compose("@int('x')");

/** Initializes the variable `v`. */
export const variable = (type: string, value?: unknown): JsonObject => ({
  type: 'InitializeVariable',
  inputs: { variables: [{ name: 'v', type, ...(value !== undefined && { value: value as JsonObject }) }] },
});

/** Changes the variable `v`, by default after the action `V`. */
export const change = (type: string, value: unknown, runAfter: JsonObject = after('V')): JsonObject => ({
  type,
  runAfter,
  inputs: { name: 'v', value: value as JsonObject },
});
