import { describe, expect, it } from 'vitest';
import { resolveBinding } from './bindingExpressions.ts';
import { readConnection } from './connection.ts';

describe('resolveBinding', () => {
  const binding = { type: 'eventHubTrigger', direction: 'in', eventHubName: '%HUB%-%STAGE%', maxCount: 3 } as const;

  it('replaces %NAME% by the app setting', () => {
    expect(resolveBinding(binding, { HUB: 'orders', STAGE: 'test' })).toEqual({
      ...binding,
      eventHubName: 'orders-test',
    });
  });

  it('names property and setting when there is none', () => {
    expect(() => resolveBinding(binding, { HUB: 'orders' })).toThrow(
      "'%STAGE%' does not resolve to a value. It is in eventHubName of the eventHubTrigger; set the app setting STAGE.",
    );
  });
});

describe('readConnection', () => {
  it('prefers a connection string', async () => {
    const settings = { Hub: ' Endpoint=sb://x ', Hub__fullyQualifiedNamespace: 'y' };
    expect(await readConnection(settings, 'Hub', ['fullyQualifiedNamespace'])).toEqual({
      connectionString: 'Endpoint=sb://x',
    });
    expect(await readConnection({ AzureWebJobsHub: 'z' }, 'Hub', [])).toEqual({ connectionString: 'z' });
  });

  it('takes the name of the service with an identity', async () => {
    const settings = { Hub__fullyQualifiedNamespace: 'ns', Hub__clientId: 'id' };
    expect(await readConnection(settings, 'Hub', ['fullyQualifiedNamespace'])).toMatchObject({
      properties: { fullyQualifiedNamespace: 'ns' },
      credential: { getToken: expect.any(Function) as unknown },
    });
  });

  it('names both forms when neither is set', async () => {
    await expect(readConnection({ Hub: ' ' }, 'Hub', ['fullyQualifiedNamespace'])).rejects.toThrow(
      'Connection "Hub" does not exist. Make sure that it is a defined app setting. Set Hub (a connection string) or ' +
        'Hub__fullyQualifiedNamespace.',
    );
  });
});
