import { describe, expect, it } from 'vitest';
import { inProcessApp } from './testing/inProcessApp.ts';
import { triggerOf } from './triggerKinds.ts';

async function metadataOf(name: string) {
  const { registry } = await inProcessApp(({ app, output }) => {
    const handler = () => undefined;
    app.http('http', { handler: () => ({}) });
    app.storageQueue('queue', { queueName: 'q', connection: 'C', handler });
    app.timer('writer', {
      schedule: '* * * * * *',
      handler,
      return: output.eventHub({ connection: 'C', eventHubName: 'h' }),
    });
  });
  return registry.functions.get(name)!.metadata;
}

describe('triggerOf', () => {
  it('finds the trigger by its type', async () => {
    const { name, binding } = triggerOf(await metadataOf('http'));
    expect(name).toMatch(/^httpTrigger/);
    expect(binding.type).toBe('httpTrigger');
  });

  it.each([
    ['queue', "The binding type(s) 'queueTrigger' are not registered."],
    ['writer', "The binding type(s) 'eventHub' are not registered."],
  ])('refuses %s, which would do nothing here', async (name, message) => {
    const metadata = await metadataOf(name);
    expect(() => triggerOf(metadata)).toThrow(message);
  });

  it('refuses a function without a trigger', () => {
    const bindings = { $return: { type: 'http', direction: 'out' as const } };
    expect(() => triggerOf({ name: 'f', bindings })).toThrow('It has 0 triggers');
  });
});
