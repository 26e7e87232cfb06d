import { conditionFault } from '../engine/condition.ts';
import { callFault } from '../expressions/functions/registry.ts';
import type { Expression } from '../expressions/syntax.ts';
import type { JsonObject } from '../json.ts';
import type { Report } from './checkShape.ts';
import { parameterOf, type Parameters } from './parameters.ts';
import type { Settings } from './settings.ts';
import { branchesOf, isLoop, type ActionDefinition, type Actions, type TriggerDefinition } from './definition.ts';
import { actionExpressions, valueExpressions, type Written } from './writtenExpressions.ts';

/** What an action may refer to, by what ran before it and what it stands in. */
interface Visible {
  actions: ReadonlySet<string>;
  /** Actions that consist of others, for `result()`. */
  containers: ReadonlySet<string>;
  variables: ReadonlySet<string>;
  foreach: readonly string[];
  until: readonly string[];
  /** True where `item()` has a value. */
  hasItem: boolean;
  /** True where `action()` has a value: in the condition of an Until. */
  hasCurrent: boolean;
}

const NOTHING: Visible = {
  actions: new Set(),
  containers: new Set(),
  variables: new Set(),
  foreach: [],
  until: [],
  hasItem: false,
  hasCurrent: false,
};

/**
 * Checks every expression of a workflow: functions exist and get the right number of parameters; parameters, variables,
 * actions and loops that they name exist and are known at that point. The graph must have no cycles.
 */
export function checkReferences(args: {
  actions: Actions;
  trigger: TriggerDefinition;
  parameters: Parameters;
  settings: Settings;
  report: Report;
}): void {
  const { report } = args;
  const checker = new ReferenceChecker(args.parameters, args.settings);
  const { splitOn = null, conditions = [], correlation = {} } = args.trigger;
  const { clientTrackingId = null } = correlation;
  const expressions = [splitOn, clientTrackingId, ...conditions.map(({ expression }) => expression)];
  for (const written of valueExpressions(expressions))
    check(
      written,
      (expression) => checker.fault(expression, NOTHING),
      (fault) => report('the trigger', fault),
    );
  checkGroup(args.actions, NOTHING, checker, report);
}

function check(
  written: Written,
  faultOf: (expression: Expression) => string | undefined,
  report: (fault: string) => void,
): void {
  const fault = 'fault' in written ? written.fault : faultOf(written.expression);
  if (fault !== undefined) report(fault);
}

function checkGroup(group: Actions, outside: Visible, checker: ReferenceChecker, report: Report): void {
  for (const [name, definition] of Object.entries(group)) {
    const place = `action "${name}"`;
    const visible = visibleTo(name, group, outside);
    const inside = insideOf(name, definition, visible);
    const around = definition.type === 'Until' ? afterIteration(definition, inside) : visible;
    const hasItem = visible.foreach.length > 0 || definition.type === 'Select' || definition.type === 'Query';
    const seen = { ...around, hasItem, hasCurrent: definition.type === 'Until' };
    for (const written of actionExpressions(definition))
      check(
        written,
        (expression) => checker.fault(expression, seen),
        (fault) => report(place, fault),
      );
    const fault = conditionOf(definition) ?? variableFault(definition, visible);
    if (fault !== undefined) report(place, fault);
    for (const branch of branchesOf(definition)) checkGroup(branch.actions, inside, checker, report);
  }
}

function conditionOf({ type, expression }: ActionDefinition): string | undefined {
  return (type === 'If' || type === 'Until') && expression !== undefined ? conditionFault(expression) : undefined;
}

const CHANGES_VARIABLE = /^(Set|Increment|Decrement|AppendToString|AppendToArray)Variable$/;

function variableFault(definition: ActionDefinition, visible: Visible): string | undefined {
  if (!CHANGES_VARIABLE.test(definition.type)) return undefined;
  const { name, value } = definition.inputs as { name: string; value: JsonObject };
  if (!visible.variables.has(name)) return unknown('variable', name, visible.variables, 'initialize it before');
  if (definition.type !== 'SetVariable') return undefined;
  const refersToItself = [...valueExpressions(value)].some(
    (written) => 'expression' in written && isCallWith(written.expression, 'variables', name),
  );
  return refersToItself
    ? `the new value of the variable "${name}" refers to the variable itself; go through a Compose`
    : undefined;
}

/** Outside plus everything that this action runs after. */
function visibleTo(name: string, group: Actions, outside: Visible): Visible {
  const actions = new Set(outside.actions);
  const containers = new Set(outside.containers);
  const variables = new Set(outside.variables);
  for (const before of predecessorsOf(name, group))
    addEnded(before, group[before]!, { actions, containers, variables });
  return { ...outside, actions, containers, variables };
}

function predecessorsOf(name: string, group: Actions, found = new Set<string>()): Set<string> {
  for (const before of Object.keys(group[name]?.runAfter ?? {})) {
    if (found.has(before)) continue;
    found.add(before);
    predecessorsOf(before, group, found);
  }
  return found;
}

/** An ended action and what is in it; the inside of a loop has many results and no name for one of them. */
function addEnded(
  name: string,
  definition: ActionDefinition,
  to: { actions: Set<string>; containers: Set<string>; variables: Set<string> },
): void {
  to.actions.add(name);
  const branches = branchesOf(definition);
  if (branches.length > 0 || isLoop(definition)) to.containers.add(name);
  if (definition.type === 'InitializeVariable') {
    const { variables } = definition.inputs as { variables: { name: string }[] };
    for (const variable of variables) to.variables.add(variable.name);
  }
  if (isLoop(definition)) return;
  for (const branch of branches)
    for (const [inner, innerDefinition] of Object.entries(branch.actions)) addEnded(inner, innerDefinition, to);
}

function insideOf(name: string, { type }: ActionDefinition, visible: Visible): Visible {
  if (type === 'Foreach') return { ...visible, foreach: [...visible.foreach, name] };
  return type === 'Until' ? { ...visible, until: [...visible.until, name] } : visible;
}

/** The condition of an Until sees the iteration that has just ended. */
function afterIteration(definition: ActionDefinition, inside: Visible): Visible {
  const actions = new Set(inside.actions);
  const containers = new Set(inside.containers);
  const variables = new Set(inside.variables);
  for (const branch of branchesOf(definition))
    for (const [name, inner] of Object.entries(branch.actions))
      addEnded(name, inner, { actions, containers, variables });
  return { ...inside, actions, containers, variables };
}

/** Judges single expressions. */
class ReferenceChecker {
  readonly #parameters: Parameters;
  readonly #settings: Settings;

  constructor(parameters: Parameters, settings: Settings) {
    this.#parameters = parameters;
    this.#settings = settings;
  }

  /** What is wrong with the expression itself, not with its parts, as one clause. */
  fault(expression: Expression, visible: Visible): string | undefined {
    if (expression.kind !== 'call') return undefined;
    const { name, arguments: list } = expression;
    const fault = callFault(name, list.length);
    if (fault !== undefined) return fault;
    if (name === 'item') return visible.hasItem ? undefined : 'item() is known in a Foreach, Select or Query only';
    if (name === 'action')
      return visible.hasCurrent ? undefined : 'action() is known in the condition of an Until only';
    const known = this.#known(name, visible);
    if (!known) return undefined;
    const [first] = list;
    if (first?.kind !== 'literal' || typeof first.value !== 'string')
      return `${name}() takes a name in single quotes, so that it can be checked`;
    if (known.names.has(first.value)) {
      if (name === 'parameters') parameterOf(this.#parameters, first.value);
      return undefined;
    }
    // The environment of the process is nobody's list to read.
    if (name === 'appsetting') return `names the app setting "${first.value}", which is not set; ${known.fix}`;
    return unknown(known.what, first.value, known.names, known.fix);
  }

  #known(name: string, visible: Visible): { names: ReadonlySet<string>; what: string; fix: string } | undefined {
    const ran = 'it must run before, by runAfter';
    switch (name) {
      case 'parameters':
        return {
          names: new Set(this.#parameters.keys()),
          what: 'parameter',
          fix: 'declare it in parameters.json',
        };
      case 'variables':
        return { names: visible.variables, what: 'variable', fix: 'initialize it before' };
      case 'appsetting': {
        const set = Object.entries(this.#settings).filter(([, value]) => value !== undefined);
        return { names: new Set(set.map(([key]) => key)), what: 'app setting', fix: 'set it, or correct its name' };
      }
      case 'actionbody':
      case 'actionoutputs':
      case 'actions':
      case 'body':
      case 'formdatamultivalues':
      case 'formdatavalue':
      case 'multipartbody':
      case 'outputs':
        return { names: visible.actions, what: 'action', fix: ran };
      case 'result':
        return { names: visible.containers, what: 'scope or loop', fix: ran };
      case 'items':
        return {
          names: new Set(visible.foreach),
          what: 'enclosing Foreach',
          fix: 'name the loop that the action is in',
        };
      case 'iterationindexes':
        return { names: new Set(visible.until), what: 'enclosing Until', fix: 'name the loop that the action is in' };
      default:
        return undefined;
    }
  }
}

function unknown(what: string, name: string, names: ReadonlySet<string>, fix: string): string {
  const list = [...names].join(', ');
  return `refers to the ${what} "${name}", which is not known here; ${fix} (known: ${list === '' ? 'none' : list})`;
}

function isCallWith(expression: Expression, name: string, argument: string): boolean {
  if (expression.kind !== 'call' || expression.name !== name) return false;
  const [first] = expression.arguments;
  return first?.kind === 'literal' && first.value === argument;
}
