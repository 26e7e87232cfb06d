import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateValue } from '../../local/workflow-runner/expressions/evaluate.ts';
import { loadProject } from '../../local/workflow-runner/project/loadProject.ts';
import { testScope } from '../../local/workflow-runner/testing/testScope.ts';
import { userSubject } from '../contracts/documents.ts';
import { CONSUMER_GROUPS, CONTAINERS, EVENT_TYPES, HUBS } from '../contracts/names.ts';

const PROJECT = import.meta.dirname;

/** App settings of the project as the infrastructure computes them for Azure. */
const AZURE = {
  Cosmos__accountEndpoint: 'https://account.documents.azure.com:443/',
  EventHubs__fullyQualifiedNamespace: 'namespace.servicebus.windows.net',
  EventGrid__topicEndpointUri: 'https://topic.westeurope-1.eventgrid.azure.net/api/events',
  COSMOS_DATABASE: 'attune',
  ATTUNE_TENANT: 'acme',
  MARKETING_WEBHOOK_URL: '',
  IDENTITY_RESOURCE_ID: '/subscriptions/s/identity',
};
/** The same with what stands in for the identity on one machine. */
const LOCAL = {
  ...AZURE,
  Cosmos__accountEndpoint: undefined,
  EventHubs__fullyQualifiedNamespace: undefined,
  EventHubs: 'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true',
  Cosmos: 'AccountEndpoint=http://127.0.0.1:8081/;AccountKey=AAAA;',
  EventGrid__topicKey: 'AAAA',
};

describe('the project', () => {
  it.each([
    ['Azure', AZURE],
    ['one machine', LOCAL],
  ])('loads clean with the settings of %s', (_where, settings) => {
    const { workflows, refused, faults } = loadProject({ projectDir: PROJECT, settings });
    expect({ refused, faults }).toEqual({ refused: [], faults: [] });
    expect(workflows.map(({ name, kind }) => [name, kind])).toEqual([
      ['nightly-train', 'Stateful'],
      ['on-recommendation-issued', 'Stateful'],
    ]);
  });

  it.each(Object.keys(AZURE))('is refused without the setting %s', (name) => {
    const settings = { ...AZURE, [name]: undefined };
    const { refused } = loadProject({ projectDir: PROJECT, settings });
    expect(refused.map(({ error }) => error.message)).toContainEqual(
      expect.stringContaining(`the app setting "${name}" is not set`),
    );
  });

  it('names the containers, hubs and event types of the contracts', () => {
    const { workflows } = loadProject({ projectDir: PROJECT, settings: AZURE });
    expect(workflows[0]?.parameters.profilesContainer).toBe(CONTAINERS.profiles.name);
    expect(JSON.stringify(workflows[0]?.definition)).toContain(`"type":"${EVENT_TYPES.trainingRequested}"`);
    expect(JSON.stringify(workflows[1]?.definition)).toContain(`"enum":["${EVENT_TYPES.recommendationIssued}"]`);
    expect(workflows[1]?.triggerParameters).toEqual({
      eventHubName: HUBS.announcements,
      consumerGroup: CONSUMER_GROUPS.announcements[0],
    });
  });

  it('computes the id of a profile as the code does, for any user', () => {
    const { workflows } = loadProject({ projectDir: PROJECT, settings: AZURE });
    const expression = String(workflows[1]!.definition.actions.Subject?.inputs);
    const subject = (text: string) =>
      evaluateValue(text, testScope({ actions: { Parse_event: { outputs: { body: { data: { userId } } } } } }));
    // A runtime that leaves ! ' ( ) * as they are must come to the same id.
    const lenient = expression.replace(
      "encodeUriComponent(body('Parse_event')['data']['userId'])",
      "string(body('Parse_event')['data']['userId'])",
    );
    let userId = '';
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        userId = id;
        expect(subject(expression)).toBe(userSubject(id));
        userId = encodeURIComponent(id);
        expect(subject(lenient)).toBe(userSubject(id));
      }),
    );
    userId = "a!b'c(d)e*f/g?h#i\\j%21 k";
    expect(subject(expression)).toBe(userSubject(userId));
  });
});
