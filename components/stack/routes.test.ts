import { afterAll, describe, expect, it } from 'vitest';
import { only } from '../testing/mocks.ts';
import { authorization, evaluateStack, removePackages, STACK_ARGS } from '../testing/stackFixtures.ts';

afterAll(removePackages);

const fixtures = {
  defaults: await evaluateStack(STACK_ARGS.defaults),
  max: await evaluateStack(STACK_ARGS.max),
};

describe('the business routes', () => {
  it('start training with the function, one event at a time', () => {
    const { resources } = fixtures.defaults;
    expect(only(resources, 'eventgrid:EventSubscription', 's-training-to-functions').inputs).toMatchObject({
      scope: only(resources, 'eventgrid:Topic').id,
      filter: { includedEventTypes: ['attune.training.requested.v1'] },
      destination: {
        endpointType: 'AzureFunction',
        resourceId: `${only(resources, 'web:WebApp', 's-functions').id}/functions/train`,
        maxEventsPerBatch: 1,
      },
      deadLetterWithResourceIdentity: {
        deadLetterDestination: { resourceId: only(resources, 'storage:StorageAccount', 's-registry').id },
      },
    });
  });

  it('start the workflow with a token for the application', () => {
    const { resources } = fixtures.max;
    const site = String(only(resources, 'web:WebApp', 's-workflows').inputs.name);
    const trigger = 'api/on-recommendation-issued/triggers/manual/invoke?api-version=2022-05-01';
    expect(only(resources, 'eventgrid:EventSubscription', 's-recommendations-to-workflows').inputs).toMatchObject({
      filter: { includedEventTypes: ['attune.recommendation.issued.v1'] },
      destination: {
        endpointType: 'WebHook',
        endpointUrl: `https://${site}.azurewebsites.net/${trigger}`,
        azureActiveDirectoryTenantId: authorization.directoryId,
        azureActiveDirectoryApplicationIdOrUri: authorization.applicationId,
        minimumTlsVersionAllowed: '1.2',
      },
    });
  });

  it('start the workflow without a token where no application is given', async () => {
    const { resources } = await evaluateStack({ ...STACK_ARGS.defaults, recommendationDelivery: true });
    const { destination } = only(resources, 'eventgrid:EventSubscription', 's-recommendations-to-workflows').inputs;
    expect(destination).toMatchObject({ endpointType: 'WebHook' });
    expect(destination).not.toHaveProperty('azureActiveDirectoryTenantId');
  });
});
