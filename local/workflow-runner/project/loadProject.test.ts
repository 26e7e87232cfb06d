import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { load, withActions } from '../testing/loadedProject.ts';
import { workflowOf, type ProjectFiles } from '../testing/testProject.ts';
import { ProjectError } from './projectError.ts';

const COMPOSE = { type: 'Compose', inputs: 1 };

const recurring = (recurrence: JsonObject) => withActions({}, { triggers: { m: { type: 'Recurrence', recurrence } } });

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
    ['no workflow', { workflows: {} }, /has no folder with a workflow.json/],
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
      withActions({}, { triggers: { m: { type: 'ApiConnection' } } }),
      /trigger "m" has the unknown type "ApiConnection"; known are Request, ServiceProvider, Recurrence/,
    ],
    [
      'an unknown time zone',
      recurring({ frequency: 'Day', interval: 1, timeZone: 'Berlin Time' }),
      /trigger "m" recurrence.timeZone: "Berlin Time" is no time zone; use a Windows name/,
    ],
    [
      'a schedule of hours',
      recurring({ frequency: 'Hour', interval: 1, schedule: { minutes: [5] } }),
      /recurrence.schedule is for the frequencies Day and Week, not Hour/,
    ],
    [
      'days of the week each day',
      recurring({ frequency: 'Day', interval: 1, schedule: { weekDays: ['Monday'] } }),
      /recurrence.schedule.weekDays is for the frequency Week, not Day/,
    ],
    [
      'a start that is no time',
      recurring({ frequency: 'Day', interval: 1, startTime: '2025-02-31T25:00:00Z' }),
      /recurrence.startTime: "2025-02-31T25:00:00Z" is no time/,
    ],
    [
      'a long interval',
      recurring({ frequency: 'Month', interval: 17 }),
      /recurrence.interval: 17 is too long for the frequency Month; use at most 16/,
    ],
    ['a wrong interval', recurring({ frequency: 'Day', interval: 0 }), /recurrence.interval: must be >= 1, not 0/],
    [
      'a bad split',
      withActions({}, { triggers: { m: { type: 'Request', kind: 'Http', splitOn: "@outputs('A')" } } }),
      /the trigger refers to the action "A", which is not known here/,
    ],
  ])('refuses %s', (_what, files, message) => {
    expect(() => load(files)).toThrow(ProjectError);
    expect(() => load(files)).toThrow(message);
  });
});
