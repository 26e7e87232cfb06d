import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeProject, workflowOf, type ProjectFiles } from '../testing/testProject.ts';
import type { JsonObject } from '../json.ts';
import { loadProject, type Project } from './loadProject.ts';
import { ProjectError } from './projectError.ts';

const COMPOSE = { type: 'Compose', inputs: 1 };
const COSMOS = {
  serviceProviderConnections: {
    db: {
      serviceProvider: { id: '/serviceProviders/AzureCosmosDB' },
      parameterSetName: 'ManagedServiceIdentity',
      parameterValues: {
        accountEndpoint: "@appsetting('Cosmos__accountEndpoint')",
        authProvider: { Type: 'ManagedServiceIdentity', Identity: '/identity' },
      },
    },
  },
};
const SETTINGS = { Cosmos__accountEndpoint: 'https://db/', REGION: 'eu', SIZE: '3' };

function load(files: ProjectFiles, settings: Record<string, string> = SETTINGS): Project {
  const projectDir = writeProject(files);
  try {
    return loadProject({ projectDir, settings });
  } finally {
    rmSync(projectDir, { recursive: true });
  }
}

const withActions = (actions: JsonObject, args?: Parameters<typeof workflowOf>[1]): ProjectFiles => ({
  workflows: { flow: workflowOf(actions, args) },
  connections: COSMOS,
  parameters: { region: { type: 'String', value: "@appsetting('REGION')" } },
});

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

describe('loadProject', () => {
  it('loads parameters and connections with their app settings resolved', () => {
    const { workflows, connections } = load(
      withActions({ A: COMPOSE }, { parameters: { limit: { type: 'Int', defaultValue: 5 } } }),
    );
    expect(workflows).toMatchObject([{ name: 'flow', triggerName: 'manual', parameters: { region: 'eu', limit: 5 } }]);
    expect(connections.get('db')).toEqual({
      provider: '/serviceProviders/AzureCosmosDB',
      values: {
        accountEndpoint: 'https://db/',
        authProvider: { Type: 'ManagedServiceIdentity', Identity: '/identity' },
      },
      byIdentity: true,
      standIn: {},
    });
  });

  it('takes a connection string of the local cloud in place of endpoint and identity', () => {
    const { connections } = load(withActions({ A: COMPOSE }), { REGION: 'eu', Cosmos: 'AccountEndpoint=http://db/;' });
    expect(connections.get('db')).toMatchObject({
      values: {},
      standIn: { connectionString: 'AccountEndpoint=http://db/;' },
    });
  });

  it('takes every reference that the order of actions allows', () => {
    const after = (...names: string[]) => Object.fromEntries(names.map((name) => [name, ['Succeeded']]));
    const actions = {
      V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Integer', value: 0 }] } },
      S: {
        type: 'Scope',
        runAfter: after('V'),
        actions: {
          In_scope: COMPOSE,
          Loop: {
            type: 'Foreach',
            runAfter: after('In_scope'),
            foreach: "@createArray(1, outputs('In_scope'))",
            actions: {
              Add: { type: 'IncrementVariable', inputs: { name: 'n', value: "@items('Loop')" } },
              Use: { type: 'Compose', runAfter: after('Add'), inputs: "@concat(item(), actions('Add').status)" },
            },
          },
        },
      },
      U: {
        type: 'Until',
        runAfter: after('S'),
        expression: "@greater(length(string(outputs('In_until'))), iterationIndexes('U'))",
        actions: { In_until: { type: 'Compose', inputs: "@iterationIndexes('U')" } },
      },
      Last: {
        type: 'Compose',
        runAfter: after('U'),
        inputs: "@concat(outputs('In_scope'), string(result('Loop')), string(result('U')), parameters('region'))",
      },
    };
    expect(load(withActions(actions)).workflows).toHaveLength(1);
  });

  it.each<[string, ProjectFiles, RegExp]>([
    ['no host.json', { host: '{' }, /^host.json: is not JSON/],
    ['another bundle', { host: { extensionBundle: { id: 'x' } } }, /^host.json: extensionBundle.id must be/],
    ['no workflow', {}, /has no folder with a workflow.json/],
    [
      'a connections.json that is no object',
      { connections: '[]' },
      /^connections.json: the file must hold a JSON object/,
    ],
    [
      'managed connections',
      { connections: { managedApiConnections: { office: {} } } },
      /^connections.json: managedApiConnections is not supported/,
    ],
    [
      'an unknown kind of connection',
      { connections: { functionConnections: {} } },
      /^connections.json: functionConnections is not supported/,
    ],
    [
      'an unknown provider',
      {
        connections: {
          serviceProviderConnections: {
            x: { serviceProvider: { id: '/serviceProviders/cosmosDb' }, parameterValues: {} },
          },
        },
      },
      /^connections.json: connection "x" has the unknown service provider "\/serviceProviders\/cosmosDb"; known are/,
    ],
    [
      'a connection without values',
      { connections: { serviceProviderConnections: { x: {} } } },
      /connection "x" must have serviceProvider.id and parameterValues/,
    ],
    [
      'a connection without its string',
      {
        connections: {
          serviceProviderConnections: {
            x: { serviceProvider: { id: '/serviceProviders/AzureCosmosDB' }, parameterValues: {} },
          },
        },
      },
      /connection "x": parameterValues.connectionString is missing/,
    ],
    [
      'a connection with an unknown setting',
      {
        connections: {
          serviceProviderConnections: {
            x: {
              serviceProvider: { id: '/serviceProviders/AzureCosmosDB' },
              parameterValues: { connectionString: "@appsetting('NOPE')" },
            },
          },
        },
      },
      /connection "x": the app setting "NOPE" is not set/,
    ],
    [
      'a topic without key',
      {
        connections: {
          serviceProviderConnections: {
            x: {
              serviceProvider: { id: '/serviceProviders/eventGridPublisher' },
              parameterValues: { topicEndpoint: 'https://t/' },
            },
          },
        },
      },
      /accessKey is missing; or set parameterSetName/,
    ],
    [
      'a parameter without a value',
      { parameters: { p: { type: 'String' } } },
      /^parameters.json: parameter "p" must be/,
    ],
    [
      'a parameter of another type',
      { parameters: { p: { type: 'Int', value: "@appsetting('SIZE')" } } },
      /^parameters.json: parameter "p" is declared as Int, but its value is of type String/,
    ],
    [
      'a parameter of an unknown type',
      { parameters: { p: { type: 'Number', value: 1 } } },
      /has the type "Number"; allowed are string, securestring/,
    ],
    [
      'a parameter with an unknown setting',
      { parameters: { p: { type: 'String', value: "@appsetting('NOPE')" } } },
      /parameter "p": the app setting "NOPE" is not set; set it/,
    ],
    [
      'a parameter that reads the run',
      { parameters: { p: { type: 'String', value: '@triggerBody()' } } },
      /the trigger is known to workflows only/,
    ],
    ['a workflow that is no JSON', { workflows: { flow: '{"kind":' } }, /^flow\/workflow.json: is not JSON/],
    [
      'a workflow without kind',
      { workflows: { flow: { definition: {} } } },
      /^flow\/workflow.json: the file the property "kind" is missing/,
    ],
    [
      'two triggers',
      { workflows: { flow: workflowOf({}, { triggers: { a: {}, b: {} } }) } },
      /definition.triggers: must NOT have more than 1 properties/,
    ],
    [
      'outputs',
      {
        workflows: { flow: { kind: 'Stateful', definition: { triggers: { m: {} }, actions: {}, outputs: { x: {} } } } },
      },
      /definition.outputs/,
    ],
    [
      'an own parameter without default',
      withActions({}, { parameters: { p: { type: 'String' } } }),
      /^flow\/workflow.json: parameter "p" has no defaultValue/,
    ],
    [
      'an unknown trigger',
      withActions({}, { triggers: { m: { type: 'ServiceProvider' } } }),
      /trigger "m" has the unknown type "ServiceProvider"; known are Request, Recurrence/,
    ],
    [
      'another time zone',
      withActions(
        {},
        {
          triggers: {
            m: {
              type: 'Recurrence',
              recurrence: { frequency: 'Day', interval: 1, timeZone: 'W. Europe Standard Time' },
            },
          },
        },
      ),
      /recurrence.timeZone: "W. Europe Standard Time" is not one of UTC/,
    ],
    [
      'a wrong interval',
      withActions({}, { triggers: { m: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 0 } } } }),
      /recurrence.interval: must be >= 1, not 0/,
    ],
    [
      'a bad split',
      withActions({}, { triggers: { m: { type: 'Request', kind: 'Http', splitOn: "@outputs('A')" } } }),
      /the trigger refers to the action "A", which is not known here/,
    ],
  ])('refuses %s', (_what, files, message) => {
    expect(() => load(files)).toThrow(ProjectError);
    expect(() => load(files)).toThrow(message);
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      'an unknown action',
      { A: { type: 'ApiConnection', inputs: {} } },
      /^flow\/workflow.json: action "A" has the unknown type "ApiConnection"; known are AppendToArray/,
    ],
    [
      'an unknown action inside',
      { S: { type: 'Scope', actions: { A: { type: 'Nope' } } } },
      /action "A" has the unknown type "Nope"/,
    ],
    [
      'an unknown property',
      { A: { ...COMPOSE, trackedProperties: {} } },
      /action "A" the property "trackedProperties" is not supported; supported are type, description/,
    ],
    [
      'an unknown input',
      { A: { type: 'Http', inputs: { method: 'GET', uri: 'http://a', cookie: 'c' } } },
      /action "A" inputs: the property "cookie" is not supported/,
    ],
    [
      'a missing input',
      { A: { type: 'Http', inputs: { method: 'GET' } } },
      /action "A" inputs: the property "uri" is missing/,
    ],
    ['a wrong name', { 'A/B': COMPOSE }, /action "A\/B" the name has characters/],
    [
      'a wrong authentication',
      {
        A: {
          type: 'Http',
          inputs: { method: 'GET', uri: 'http://a', authentication: { type: 'ActiveDirectoryOAuth' } },
        },
      },
      /authentication.type "ActiveDirectoryOAuth" is not supported; use Basic, ManagedServiceIdentity, Raw/,
    ],
    [
      'an identity without audience',
      {
        A: {
          type: 'Http',
          inputs: { method: 'GET', uri: 'http://a', authentication: { type: 'ManagedServiceIdentity' } },
        },
      },
      /authentication.audience is missing/,
    ],
    [
      'a wrong timeout',
      { A: { type: 'Http', inputs: { method: 'GET', uri: 'http://a' }, limit: { timeout: '30s' } } },
      /limit.timeout "30s" is no duration; write it like PT30S/,
    ],
    [
      'an unreadable schema',
      { A: { type: 'ParseJson', inputs: { content: 1, schema: { type: 'nothing' } } } },
      /action "A" inputs.schema is no usable JSON Schema/,
    ],
    [
      'an unknown state',
      { A: COMPOSE, B: { ...COMPOSE, runAfter: { A: ['Done'] } } },
      /runAfter "A" waits for the unknown state "Done"; use Succeeded, Failed, Skipped, TimedOut/,
    ],
    [
      'an unknown predecessor',
      { A: COMPOSE, B: { ...COMPOSE, runAfter: { C: ['Succeeded'] } } },
      /action "B" runAfter names "C", which is no action beside it; there are A, B/,
    ],
    [
      'a circle',
      {
        A: { ...COMPOSE, runAfter: { C: ['Succeeded'] } },
        B: { ...COMPOSE, runAfter: { A: ['Succeeded'] } },
        C: { ...COMPOSE, runAfter: { B: ['Succeeded'] } },
      },
      /action "A" runAfter goes in a circle: A → C → B → A; remove one/,
    ],
    [
      'a circle of one',
      { S: { type: 'Scope', actions: { A: { ...COMPOSE, runAfter: { A: ['Failed'] } } } } },
      /runAfter goes in a circle: A → A/,
    ],
    [
      'a name used twice',
      { A: COMPOSE, S: { type: 'Scope', actions: { a: COMPOSE } } },
      /action "a" the name is used twice \(as "A"\)/,
    ],
    [
      'a variable in a scope',
      {
        S: {
          type: 'Scope',
          actions: { V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Integer' }] } } },
        },
      },
      /action "V" a variable is initialized at the top level/,
    ],
    [
      'an unknown variable type',
      { V: { type: 'InitializeVariable', inputs: { variables: [{ name: 'n', type: 'Number' }] } } },
      /the variable type "Number" is not known/,
    ],
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
      'a function that only Azure has',
      { A: { type: 'Compose', inputs: "@xpath('a', 'b')" } },
      /the function 'xpath' is not supported by the local runner/,
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
      { A: { type: 'Compose', inputs: "@appsetting('REGION')" } },
      /appsetting\(\) is for parameters.json/,
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
      'a Terminate in a loop',
      { L: { type: 'Foreach', foreach: [], actions: { T: { type: 'Terminate', inputs: { runStatus: 'Failed' } } } } },
      /action "T" cannot stand in the loop "L"/,
    ],
    [
      'a Response in a loop',
      {
        L: {
          type: 'Until',
          expression: '@true',
          actions: { S: { type: 'Scope', actions: { R: { type: 'Response', inputs: { statusCode: 200 } } } } },
        },
      },
      /action "R" cannot stand in the loop "L"/,
    ],
    [
      'an unknown connection',
      { A: provider({ connectionName: 'other' }) },
      /action "A" names the connection "other", which connections.json does not have; there are db/,
    ],
    [
      'an unknown operation',
      { A: provider({ operationId: 'readDocument' }) },
      /unknown operation "readDocument" of \/serviceProviders\/AzureCosmosDB; known are ReadDocument/,
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
  ])('refuses %s, naming file, action and fix', (_what, actions, message) => {
    expect(() => load(withActions(actions))).toThrow(ProjectError);
    expect(() => load(withActions(actions))).toThrow(message);
  });

  it('refuses a Response where nobody waits, and one too many levels', () => {
    const response = { R: { type: 'Response', inputs: { statusCode: 200 } } };
    const recurrence = { r: { type: 'Recurrence', recurrence: { frequency: 'Day', interval: 1 } } };
    expect(() => load(withActions(response, { triggers: recurrence }))).toThrow(
      /action "R" needs a trigger of type Request/,
    );
    const split = { manual: { type: 'Request', kind: 'Http', splitOn: '@triggerBody()' } };
    expect(() => load(withActions(response, { triggers: split }))).toThrow(/cannot answer a trigger with splitOn/);
    let deep: JsonObject = { Core: COMPOSE };
    for (let level = 0; level < 8; level++) deep = { [`S${level}`]: { type: 'Scope', actions: deep } };
    expect(() => load(withActions(deep))).toThrow(/action "Core" is nested deeper than 8 levels/);
  });
});
