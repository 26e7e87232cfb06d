import { afterAll, describe, expect, it } from 'vitest';
import { only } from '../testing/mocks.ts';
import { evaluateStack, removePackages, STACK_ARGS } from '../testing/stackFixtures.ts';

afterAll(removePackages);

const { resources } = await evaluateStack(STACK_ARGS.defaults);

describe('the business routes', () => {
  it('start training with the function, one event at a time', () => {
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
});
