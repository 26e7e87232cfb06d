import { afterAll, describe, expect, it } from 'vitest';
import { guidOf } from '../testing/azure.ts';
import { only, settingsOf, STORAGE_KEY } from '../testing/mocks.ts';
import { evaluateStack, removePackages, STACK_ARGS } from '../testing/stackFixtures.ts';

afterAll(removePackages);

const fixtures = {
  defaults: await evaluateStack(STACK_ARGS.defaults),
  max: await evaluateStack(STACK_ARGS.max),
  wafAligned: await evaluateStack(STACK_ARGS.wafAligned),
};
const FIXTURES = Object.keys(fixtures) as (keyof typeof fixtures)[];

const CONNECTED = (name: string, property: string) => [
  `${name}__clientId`,
  `${name}__credential`,
  `${name}__${property}`,
];
const COMMON = [
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'ATTUNE_TENANT',
  'COSMOS_DATABASE',
  ...CONNECTED('Cosmos', 'accountEndpoint'),
  ...CONNECTED('EventGrid', 'topicEndpointUri'),
];
const DATA = [...CONNECTED('EventHubs', 'fullyQualifiedNamespace'), ...CONNECTED('Registry', 'blobServiceUri')];
const RUN_FROM_PACKAGE = ['WEBSITE_RUN_FROM_PACKAGE', 'WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID'];

describe('the app settings', () => {
  it('of the API name its services, its callers and its channels', () => {
    const settings = settingsOf(only(fixtures.max.resources, 'web:WebApp', 's-api'));
    const own = ['API_TOKEN_AUDIENCE', 'API_TOKEN_ISSUER', 'OUTBOUND_CHANNELS', 'RECOMMENDER_SETTINGS'];
    expect(Object.keys(settings).sort()).toEqual([...COMMON, ...DATA, ...RUN_FROM_PACKAGE, ...own].sort());
    const namespace = only(fixtures.max.resources, 'eventhub:Namespace').inputs.namespaceName;
    expect(settings).toMatchObject({
      API_TOKEN_AUDIENCE: 'api://attune',
      API_TOKEN_ISSUER: 'https://login.example/',
      ATTUNE_TENANT: STACK_ARGS.max.tenant,
      COSMOS_DATABASE: 'attune',
      EventHubs__fullyQualifiedNamespace: `${String(namespace)}.servicebus.windows.net`,
      OUTBOUND_CHANNELS: 'email,push',
      RECOMMENDER_SETTINGS: '{"historyLength":50}',
    });
  });

  it('of the functions name its services and its host storage', () => {
    const settings = settingsOf(only(fixtures.defaults.resources, 'web:WebApp', 's-functions'));
    const own = [...CONNECTED('AzureWebJobsStorage', 'accountName'), 'PACKAGE_VERSION', 'RECOMMENDER_SETTINGS'];
    expect(Object.keys(settings).sort()).toEqual([...COMMON, ...DATA, ...own].sort());
    expect(settings.RECOMMENDER_SETTINGS).toBe('{}');
  });

  it('of the workflows are those that the Logic Apps project names', () => {
    const settings = settingsOf(only(fixtures.max.resources, 'web:WebApp', 's-workflows'));
    expect(Object.keys(settings)).toEqual(
      expect.arrayContaining([
        ...COMMON,
        ...CONNECTED('EventHubs', 'fullyQualifiedNamespace'),
        'IDENTITY_RESOURCE_ID',
        'MARKETING_WEBHOOK_URL',
      ]),
    );
    expect(settings.MARKETING_WEBHOOK_URL).toBe('https://crm.example/hook');
    const { id } = only(fixtures.max.resources, 'managedidentity:UserAssignedIdentity', 's-workflows-identity');
    expect(settings.IDENTITY_RESOURCE_ID).toBe(id);
  });

  it.each(['api', 'functions', 'workflows'])('of the %s sign in as the identity of that app alone', (app) => {
    for (const fixture of FIXTURES) {
      const { resources } = fixtures[fixture];
      const { inputs } = only(resources, 'managedidentity:UserAssignedIdentity', `s-${app}-identity`);
      const settings = settingsOf(only(resources, 'web:WebApp', `s-${app}`));
      const clientIds = Object.entries(settings).filter(([name]) => name.endsWith('__clientId'));
      expect(clientIds.length).toBeGreaterThanOrEqual(2);
      for (const [, clientId] of clientIds) expect(clientId).toBe(guidOf(`${String(inputs.resourceName)}/client`));
    }
  });

  it.each(FIXTURES)('hold no key, no connection string and no signature (%s)', (fixture) => {
    const sites = fixtures[fixture].resources.filter(({ type }) => /:WebApp(Slot)?$/.test(type));
    expect(sites).toHaveLength(4);
    for (const site of sites) {
      expect(site.hasSecret).toBe(false);
      const { APPLICATIONINSIGHTS_CONNECTION_STRING: telemetry, ...settings } = settingsOf(site);
      // Where telemetry goes; it lets nobody in, because local authentication is off (observability.test.ts).
      expect(telemetry).toMatch(/^InstrumentationKey=/);
      for (const [name, value] of Object.entries(settings)) {
        expect(`${name}=${value}`).not.toMatch(
          /(Account|SharedAccess|Primary|Secondary)Key|SharedAccessSignature|[?&]sig=|Password/i,
        );
        expect(value).not.toContain(STORAGE_KEY);
      }
      for (const bare of [
        'AzureWebJobsStorage',
        'EventHubs',
        'Cosmos',
        'Registry',
        'EventGrid',
        'EventGrid__topicKey',
      ]) {
        expect(settings).not.toHaveProperty([bare]);
      }
    }
  });
});
