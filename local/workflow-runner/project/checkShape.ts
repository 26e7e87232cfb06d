import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { actionKinds } from '../actions/registry.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { recurrenceFault } from './checkRecurrence.ts';
import {
  branchesOf,
  RUN_AFTER_STATES,
  type ActionDefinition,
  type Actions,
  type TriggerDefinition,
} from './definition.ts';
import { runtimeConfiguration } from './runtimeConfiguration.ts';
import { triggerSchemas } from './triggerSchemas.ts';

/** Gets every fault of a workflow: where it is, and what is wrong with the fix, as one clause. */
export type Report = (place: string, fault: string) => void;

/** Azure's limit of nesting. */
const MAX_DEPTH = 8;
const ACTION_NAME = /^[\p{L}\p{N}_ ()-]{1,80}$/u;

const ajv = new Ajv({ strict: false, allErrors: false, verbose: true });

/** Properties of all actions; `metadata` is the designer's. */
const COMMON: JsonObject = {
  type: { type: 'string' },
  description: { type: 'string' },
  metadata: { type: 'object' },
  runAfter: { type: 'object', additionalProperties: { type: 'array', minItems: 1, items: { type: 'string' } } },
  runtimeConfiguration: runtimeConfiguration(),
};

const actionValidators = new Map(
  [...actionKinds].map(([type, { schema }]) => [
    type,
    compile({ required: ['type', ...schema.required], properties: { ...COMMON, ...schema.properties } }),
  ]),
);
const triggerValidators = new Map([...triggerSchemas].map(([type, schema]) => [type, compile(schema)]));

const validateFile = compile({
  required: ['definition', 'kind'],
  properties: {
    kind: { enum: ['Stateful', 'Stateless'] },
    definition: {
      type: 'object',
      required: ['triggers', 'actions'],
      additionalProperties: false,
      properties: {
        $schema: { type: 'string' },
        contentVersion: { type: 'string' },
        triggers: { type: 'object', minProperties: 1, maxProperties: 1 },
        actions: { type: 'object' },
        parameters: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            required: ['type'],
            additionalProperties: false,
            properties: { type: { type: 'string' }, defaultValue: {}, metadata: {} },
          },
        },
        outputs: { type: 'object', maxProperties: 0 },
      },
    },
  },
});

function compile(schema: JsonObject): ValidateFunction {
  return ajv.compile({ type: 'object', additionalProperties: false, ...schema });
}

/** Checks that a workflow.json holds only what the runner knows, in the right form. */
export function checkShape(content: JsonObject, report: Report): void {
  if (!validateFile(content)) return report('the file', faultOf(validateFile));
  const { triggers, actions } = content.definition as { triggers: JsonObject; actions: Json };
  for (const [name, trigger] of Object.entries(triggers)) {
    checkTyped({ kind: 'trigger', name, definition: trigger, validators: triggerValidators, report });
    const { recurrence } = trigger as unknown as TriggerDefinition;
    const fault = recurrence && recurrenceFault(recurrence);
    if (fault !== undefined) report(`trigger "${name}"`, fault);
  }
  checkActions(actions as Actions, 1, report);
}

function checkActions(actions: Actions, depth: number, report: Report): void {
  for (const [name, definition] of Object.entries(actions)) checkAction(name, definition, depth, report);
}

function checkAction(name: string, definition: ActionDefinition, depth: number, report: Report): void {
  const place = `action "${name}"`;
  if (!ACTION_NAME.test(name))
    report(place, 'the name has characters that an action name cannot have, or more than 80');
  if (depth > MAX_DEPTH) return report(place, `is nested deeper than ${MAX_DEPTH} levels; flatten the workflow`);
  if (!checkTyped({ kind: 'action', name, definition: definition as Json, validators: actionValidators, report }))
    return;
  for (const [predecessor, states] of Object.entries(definition.runAfter ?? {})) {
    const unknown = states.find(
      (state) => !RUN_AFTER_STATES.some((known) => known.toLowerCase() === state.toLowerCase()),
    );
    if (unknown !== undefined)
      report(
        place,
        `runAfter "${predecessor}" waits for the unknown state "${unknown}"; use ${RUN_AFTER_STATES.join(', ')}`,
      );
  }
  const fault = actionKinds.get(definition.type)?.definitionFault?.(definition);
  if (fault !== undefined) report(place, fault);
  for (const branch of branchesOf(definition)) checkActions(branch.actions, depth + 1, report);
}

function checkTyped(args: {
  kind: 'trigger' | 'action';
  name: string;
  definition: Json;
  validators: ReadonlyMap<string, ValidateFunction>;
  report: Report;
}): boolean {
  const place = `${args.kind} "${args.name}"`;
  const type = isObject(args.definition) ? args.definition.type : undefined;
  const validate = typeof type === 'string' ? args.validators.get(type) : undefined;
  if (!validate) {
    const known = [...args.validators.keys()].join(', ');
    args.report(place, `has the unknown type ${JSON.stringify(type ?? null)}; known are ${known}`);
    return false;
  }
  if (validate(args.definition)) return true;
  args.report(place, faultOf(validate));
  return false;
}

/** The first fault as a clause that names the allowed values. */
function faultOf(validate: ValidateFunction): string {
  const error = validate.errors![0]!;
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const at = path === '' ? '' : `${path}: `;
  switch (error.keyword) {
    case 'additionalProperties': {
      const allowed = Object.keys((error.parentSchema as { properties?: object }).properties ?? {}).join(', ');
      return `${at}the property "${String(error.params.additionalProperty)}" is not supported; supported are ${allowed}`;
    }
    case 'required':
      return `${at}the property "${String(error.params.missingProperty)}" is missing`;
    case 'enum':
      return `${at}${JSON.stringify(error.data)} is not one of ${(error.params.allowedValues as Json[]).join(', ')}`;
    case 'const':
      return `${at}${JSON.stringify(error.data)} must be ${JSON.stringify(error.params.allowedValue)}`;
    default:
      return `${at}${describe(error)}`;
  }
}

function describe({ message, data }: ErrorObject): string {
  const value = JSON.stringify(data) ?? 'nothing';
  return `${message ?? 'is not valid'}, not ${value.length > 60 ? `${value.slice(0, 60)}…` : value}`;
}
