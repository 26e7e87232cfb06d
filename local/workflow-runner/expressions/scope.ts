import type { Json, JsonObject } from '../json.ts';

/**
 * What the context functions of an expression see. A name that is not known is an `ExpressionError`, thrown by the
 * scope.
 */
export interface EvaluationScope {
  parameter(name: string): Json;
  variable(name: string): Json;
  appSetting(name: string): Json;
  /** The trigger with its inputs, outputs and status. */
  trigger(): JsonObject;
  /** A finished action with its inputs, outputs, status, code and error. */
  action(name: string): JsonObject;
  /** The action that the expression belongs to, once it has ended. */
  currentAction(): JsonObject;
  /** The finished actions directly inside a scope or loop. */
  results(name: string): Json[];
  /** Item of the innermost loop (or of Select and Query). */
  item(): Json;
  /** Item of the enclosing Foreach of that name. */
  loopItem(name: string): Json;
  /** Iteration of the enclosing Until of that name, from 0. */
  iterationIndex(name: string): number;
  workflow(): JsonObject;
}
