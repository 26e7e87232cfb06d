import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { load, withActions } from '../testing/loadedProject.ts';
import { ProjectError } from './projectError.ts';

const COMPOSE = { type: 'Compose', inputs: 1 };

const provider = (changes: JsonObject, parameters: JsonObject = {}): JsonObject => ({
  type: 'ServiceProvider',
  inputs: {
    parameters: { databaseId: 'd', containerId: 'c', itemId: 'i', partitionKey: 'p', ...parameters },
    serviceProviderConfiguration: {
      connectionName: 'db',
      operationId: 'ReadDocument',
      serviceProviderId: '/serviceProviders/AzureCosmosDB',
      ...changes,
    },
  },
});

describe('what actions refer to', () => {
  it.each<[string, JsonObject, RegExp]>([
    [
      'an unknown variable',
      { A: { type: 'SetVariable', inputs: { name: 'n', value: 1 } } },
      /refers to the variable "n", which is not known here; initialize it before \(known: none\)/,
    ],
    [
      'a variable initialized too late',
      {
        A: { type: 'Compose', inputs: "@variables('n')" },
        V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Integer' }] } },
      },
      /action "A" refers to the variable "n", which is not known here/,
    ],
    [
      'a variable set from itself',
      {
        V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Integer' }] } },
        A: {
          type: 'SetVariable',
          runAfter: { V: ['Succeeded'] },
          inputs: { name: 'n', value: "@add(variables('n'), 1)" },
        },
      },
      /refers to the variable itself; go through a Compose/,
    ],
    [
      'an unknown function',
      { A: { type: 'Compose', inputs: { x: ["@toUper('a')"] } } },
      /action "A" the function 'touper' does not exist; check its spelling/,
    ],
    [
      'a function of triggers that the runner does not know',
      { A: { type: 'Compose', inputs: '@listCallbackUrl()' } },
      /the function 'listcallbackurl' gives the address of webhook triggers and actions/,
    ],
    [
      'a wrong number of parameters',
      { A: { type: 'Compose', inputs: '@{equals(1)}' } },
      /the function 'equals' takes 2 parameters, not 1/,
    ],
    [
      'an unreadable expression',
      { A: { type: 'Compose', inputs: "@concat('a'" } },
      /action "A" the expression "@concat\('a'" cannot be read: the expression ends at position 11/,
    ],
    [
      'an undeclared parameter',
      { A: { type: 'Compose', inputs: "@parameters('nope')" } },
      /refers to the parameter "nope", which is not known here; declare it in parameters.json \(known: region\)/,
    ],
    [
      'an app setting in a workflow',
      { A: { type: 'Compose', inputs: "@appsetting('NOPE')" } },
      /action "A" names the app setting "NOPE", which is not set; set it, or correct its name/,
    ],
    [
      'a name that is computed',
      { A: COMPOSE, B: { type: 'Compose', runAfter: { A: ['Succeeded'] }, inputs: "@outputs(concat('A'))" } },
      /outputs\(\) takes a name in single quotes/,
    ],
    [
      'an action that does not run before',
      { A: COMPOSE, B: { type: 'Compose', inputs: "@outputs('A')" } },
      /action "B" refers to the action "A", which is not known here; it must run before, by runAfter/,
    ],
    [
      'the inside of a loop',
      {
        L: { type: 'Foreach', foreach: [], actions: { I: COMPOSE } },
        B: { type: 'Compose', runAfter: { L: ['Succeeded'] }, inputs: "@outputs('I')" },
      },
      /refers to the action "I", which is not known here/,
    ],
    [
      'an action as a scope',
      { A: COMPOSE, B: { type: 'Compose', runAfter: { A: ['Succeeded'] }, inputs: "@result('A')" } },
      /refers to the scope or loop "A"/,
    ],
    [
      'an item outside a loop',
      { A: { type: 'Compose', inputs: '@item()' } },
      /item\(\) is known in a Foreach, Select or Query only/,
    ],
    [
      'another loop',
      { L: { type: 'Foreach', foreach: [], actions: { I: { type: 'Compose', inputs: "@items('M')" } } } },
      /refers to the enclosing Foreach "M"/,
    ],
    [
      'an index without Until',
      { A: { type: 'Compose', inputs: "@iterationIndexes('U')" } },
      /refers to the enclosing Until "U"/,
    ],
    [
      'an unknown condition',
      { A: { type: 'If', expression: { and: [{ equal: [1, 1] }] }, actions: {} } },
      /action "A" a condition has one of the members and, contains/,
    ],
    [
      'a condition with two members',
      { A: { type: 'If', expression: { and: [], or: [] }, actions: {} } },
      /not \["and","or"\]/,
    ],
    [
      'a comparison of one value',
      { A: { type: 'If', expression: { equals: [1] }, actions: {} } },
      /the function 'equals' takes 2 parameters, not 1/,
    ],
    [
      'an unknown connection',
      { A: provider({ connectionName: 'other' }) },
      /action "A" names the connection "other", which connections.json does not have; there are db/,
    ],
    [
      'an unknown operation',
      { A: provider({ operationId: 'readDocument' }) },
      /unknown operation "readDocument" of \/serviceProviders\/AzureCosmosDB; known actions are ReadDocument/,
    ],
    [
      'an unknown provider',
      { A: provider({ serviceProviderId: '/serviceProviders/sql' }) },
      /unknown service provider "\/serviceProviders\/sql"/,
    ],
    [
      'a connection of another provider',
      { A: provider({ serviceProviderId: '/serviceProviders/eventGridPublisher', operationId: 'publishEvents' }) },
      /names the connection "db" of \/serviceProviders\/AzureCosmosDB, but the action is one of/,
    ],
    [
      'a missing parameter',
      { A: provider({ operationId: 'PatchItem' }) },
      /the operation PatchItem needs the parameter "patchOperations"/,
    ],
    [
      'an unknown parameter',
      { A: provider({}, { id: 'x' }) },
      /the operation ReadDocument has no parameter "id"; it takes databaseId/,
    ],
  ])('refuse %s, naming file, action and fix', (_what, actions, message) => {
    expect(() => load(withActions(actions))).toThrow(ProjectError);
    expect(() => load(withActions(actions))).toThrow(message);
  });
});
