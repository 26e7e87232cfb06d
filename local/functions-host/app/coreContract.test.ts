import type { HttpRequest, InvocationContext, Timer } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { batchData, batchMetadata, eventData, eventMetadata } from '../triggers/eventHub/eventData.ts';
import { inProcessApp } from '../testing/inProcessApp.ts';
import { receivedEvent } from '../testing/receivedEvent.ts';

const SOURCE = { fullyQualifiedNamespace: 'ns', eventHubName: 'hub', consumerGroup: 'group', partitionId: '3' };
const TIME = new Date('2026-01-02T03:04:05.678Z');

/** Registers one function with the real library, calls it and returns what its handler was given. */
function recorder() {
  const calls: { input: unknown; context: InvocationContext }[] = [];
  const handler = (input: unknown, context: InvocationContext) => void calls.push({ input, context });
  return { calls, handler };
}

const hub = { connection: 'C', eventHubName: 'hub', consumerGroup: 'group' };

describe('the core module, seen by @azure/functions', () => {
  it('is what 4.16.5 was checked against', async () => {
    const { model, capabilities } = await inProcessApp(({ app }) => app.http('a', { handler: () => ({}) }));
    expect(model).toMatchObject({ name: '@azure/functions', version: '4.16.5' });
    expect(capabilities).toEqual({});
  });

  it('takes the bindings of every trigger', async () => {
    const { registry } = await inProcessApp(({ app }) => {
      const handler = () => undefined;
      app.http('http', { route: 'users/{id}', methods: ['GET'], handler: () => ({}) });
      app.eventHub('hub', { ...hub, cardinality: 'many', handler });
      app.timer('timer', { schedule: '0 */5 * * * *', runOnStartup: true, handler });
      app.cosmosDB('cosmos', { connection: 'C', databaseName: 'd', containerName: 'c', feedPollDelay: 250, handler });
      app.eventGrid('grid', { handler });
    });
    const triggers = Array.from(registry.functions.values(), ({ metadata }) => Object.entries(metadata.bindings)[0]!);
    expect(triggers.map(([, { type }]) => type)).toEqual([
      'httpTrigger',
      'eventHubTrigger',
      'timerTrigger',
      'cosmosDBTrigger',
      'eventGridTrigger',
    ]);
    expect(triggers[0]?.[0]).toMatch(/^httpTrigger[0-9a-f]+$/);
    expect(triggers[0]?.[1]).toMatchObject({ route: 'users/{id}', methods: ['GET'], direction: 'in' });
    expect(triggers[1]?.[1]).toMatchObject({ ...hub, cardinality: 'many' });
    expect(triggers[3]?.[1]).toMatchObject({ databaseName: 'd', containerName: 'c', feedPollDelay: 250 });
    expect(registry.functions.get('http')?.metadata.bindings.$return).toMatchObject({ type: 'http', direction: 'out' });
  });

  it('carries an http request and its response', async () => {
    const app = await inProcessApp(({ app }) =>
      app.http('echo', {
        methods: ['POST'],
        handler: async (request: HttpRequest) => ({
          status: 201,
          headers: { 'x-method': request.method },
          cookies: [{ name: 'c', value: 'v', sameSite: 'Lax' }],
          jsonBody: {
            id: request.params.id,
            q: request.query.get('q'),
            header: request.headers.get('x-a'),
            body: await request.json(),
          },
        }),
      }),
    );
    const { returnValue } = await app.runner('echo').invoke({
      data: {
        http: {
          method: 'POST',
          url: 'http://h/api/echo?q=1',
          nullableHeaders: { 'x-a': { value: 'A' }, 'content-type': { value: 'application/json' } },
          nullableQuery: { q: { value: '1' } },
          nullableParams: { id: { value: '7' } },
          body: { bytes: Buffer.from('{"n":1}') },
        },
      },
    });
    expect(returnValue?.http).toMatchObject({
      statusCode: '201',
      headers: { 'x-method': 'POST', 'content-type': 'application/json' },
      cookies: [{ name: 'c', value: 'v', sameSite: 'lax' }],
    });
    const body = Buffer.from(returnValue?.http?.body?.bytes ?? []).toString();
    expect(JSON.parse(body)).toEqual({ id: '7', q: '1', header: 'A', body: { n: 1 } });
  });

  it('gives a batch of events as parsed texts with metadata per event', async () => {
    const { calls, handler } = recorder();
    const app = await inProcessApp(({ app }) => app.eventHub('many', { ...hub, cardinality: 'many', handler }));
    const events = [
      receivedEvent(5, '{"a":1}', { enqueuedTimeUtc: TIME, partitionKey: '17850', properties: { Kind: 'x' } }),
      receivedEvent(6, 'plain', { enqueuedTimeUtc: TIME }),
      receivedEvent(7, '42', { enqueuedTimeUtc: TIME }),
    ];
    await app.runner('many').invoke({ data: batchData(events, false), metadata: batchMetadata(events, SOURCE) });
    // Texts that happen to be JSON are parsed, as in production.
    expect(calls[0]?.input).toEqual([{ a: 1 }, 'plain', 42]);
    expect(calls[0]?.context.triggerMetadata).toEqual({
      partitionContext: {
        fullyQualifiedNamespace: 'ns',
        eventHubName: 'hub',
        consumerGroup: 'group',
        partitionId: '3',
      },
      sequenceNumberArray: [5, 6, 7],
      offsetArray: [500, 600, 700],
      partitionKeyArray: ['17850', null, null],
      enqueuedTimeUtcArray: [TIME.toISOString(), TIME.toISOString(), TIME.toISOString()],
      propertiesArray: [{ kind: 'x' }, {}, {}],
      systemPropertiesArray: [
        { sequenceNumber: 5, offset: '500', partitionKey: '17850', enqueuedTimeUtc: TIME.toISOString() },
        { sequenceNumber: 6, offset: '600', partitionKey: null, enqueuedTimeUtc: TIME.toISOString() },
        { sequenceNumber: 7, offset: '700', partitionKey: null, enqueuedTimeUtc: TIME.toISOString() },
      ],
    });
  });

  it('gives the bytes of events where the binding asks for them', async () => {
    const { calls, handler } = recorder();
    const app = await inProcessApp(({ app, trigger }) =>
      app.generic('bytes', {
        trigger: trigger.generic({ type: 'eventHubTrigger', ...hub, cardinality: 'many', dataType: 'binary' }),
        handler,
      }),
    );
    const events = [receivedEvent(1, Buffer.from([0xff, 0])), receivedEvent(2, '42')];
    await app.runner('bytes').invoke({ data: batchData(events, true) });
    expect(calls[0]?.input).toEqual([Buffer.from([0xff, 0]), Buffer.from('42')]);
  });

  it('gives a single event with its own metadata', async () => {
    const { calls, handler } = recorder();
    const app = await inProcessApp(({ app }) => app.eventHub('one', { ...hub, handler }));
    const event = receivedEvent(9, '{"a":1}', { enqueuedTimeUtc: TIME, partitionKey: 'k' });
    await app.runner('one').invoke({ data: eventData(event, false), metadata: eventMetadata(event, SOURCE) });
    expect(calls[0]?.input).toEqual({ a: 1 });
    expect(calls[0]?.context.triggerMetadata).toMatchObject({
      sequenceNumber: 9,
      offset: 900,
      partitionKey: 'k',
      enqueuedTimeUtc: TIME.toISOString(),
    });
  });

  it('gives a timer in camel case and without metadata', async () => {
    const calls: { timer: Timer; context: InvocationContext }[] = [];
    const app = await inProcessApp(({ app }) =>
      app.timer('tick', { schedule: '* * * * * *', handler: (timer, context) => void calls.push({ timer, context }) }),
    );
    const info = { Schedule: { AdjustForDST: true }, ScheduleStatus: { Last: 'l', Next: 'n' }, IsPastDue: true };
    await app.runner('tick').invoke({ data: { json: JSON.stringify(info) } });
    expect(calls[0]?.timer).toEqual({
      schedule: { adjustForDST: true },
      scheduleStatus: { last: 'l', next: 'n' },
      isPastDue: true,
    });
    expect(calls[0]?.context.triggerMetadata).toBeUndefined();
  });

  it('gives changed documents and Event Grid events as they are', async () => {
    const { calls, handler } = recorder();
    const app = await inProcessApp(({ app }) => {
      app.cosmosDB('feed', { connection: 'C', databaseName: 'd', containerName: 'c', handler });
      app.eventGrid('grid', { handler });
    });
    await app.runner('feed').invoke({ data: { json: '[{"id":"1","Name":"x"}]' } });
    await app.runner('grid').invoke({ data: { json: '{"id":"e","data":{"Reason":"r"}}' } });
    expect(calls.map(({ input }) => input)).toEqual([[{ id: '1', Name: 'x' }], { id: 'e', data: { Reason: 'r' } }]);
  });

  it('takes retry policies in whole seconds and tells the function which try it is', async () => {
    const { calls, handler } = recorder();
    const app = await inProcessApp(({ app }) =>
      app.eventHub('retried', {
        ...hub,
        handler,
        retry: {
          strategy: 'exponentialBackoff',
          maxRetryCount: -1,
          minimumInterval: { milliseconds: 1500 },
          maximumInterval: { minutes: 1 },
        },
      }),
    );
    expect(app.registry.functions.get('retried')?.metadata.retryOptions).toMatchObject({
      retryStrategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: { seconds: 2 },
      maximumInterval: { seconds: 60 },
    });
    const retryContext = { retryCount: 2, maxRetryCount: -1, exception: { message: 'before' } };
    await app.runner('retried').invoke({ data: { string: 'x' } }, retryContext);
    expect(calls[0]?.context.retryContext).toEqual(retryContext);
  });

  it('runs hooks around a call, and they may change input, handler, result and log', async () => {
    const order: string[] = [];
    const app = await inProcessApp(({ app }) => {
      app.hook.appStart(() => void order.push('appStart'));
      app.hook.preInvocation((hook) => {
        order.push('pre');
        hook.hookData.seen = hook.inputs[0];
        hook.inputs = ['changed'];
        const { functionHandler } = hook;
        hook.functionHandler = (input, context) => functionHandler(`${String(input)} twice`, context);
      });
      app.hook.postInvocation((hook) => {
        order.push(`post ${String(hook.hookData.seen)}`);
        hook.result = { body: `${String(hook.result)}!` };
      });
      app.hook.log((hook) => {
        hook.message = hook.message.toUpperCase();
      });
      app.http('hooked', {
        handler: (input: unknown, context) => {
          order.push('handler');
          context.warn('%s said', 'user');
          return String(input) as never;
        },
      });
    });
    const { returnValue } = await app.runner('hooked').invoke({ data: { string: 'original' } });
    expect(order).toEqual(['appStart', 'pre', 'handler', 'post original']);
    expect(Buffer.from(returnValue?.http?.body?.bytes ?? []).toString()).toBe('changed twice!');
    expect(app.lines).toContainEqual(
      expect.objectContaining({ level: 'warning', category: 'Function.hooked.User', message: 'USER SAID' }),
    );
  });

  it('lets a post-invocation hook see and clear an error, and throws it otherwise', async () => {
    const seen: unknown[] = [];
    const app = await inProcessApp(({ app }) => {
      app.hook.postInvocation((hook) => {
        seen.push((hook.error as Error).message);
        if (hook.invocationContext.functionName === 'forgiven') hook.error = null;
      });
      const handler = () => {
        throw new Error('broken');
      };
      app.http('forgiven', { handler });
      app.http('thrown', { handler });
    });
    await app.runner('forgiven').invoke({ data: { string: '' } });
    const runner = app.runner('thrown');
    await expect(runner.invoke({ data: { string: '' } })).rejects.toThrow('broken');
    expect(seen).toEqual(['broken', 'broken']);
    expect(runner.counts).toEqual({ invocations: 1, failures: 1, running: 0 });
  });

  it('refuses an app that registers nothing, a name twice, or anything after the start', async () => {
    await expect(inProcessApp(() => undefined)).rejects.toThrow('No job functions found. the test must');
    const twice = inProcessApp(({ app }) => {
      app.http('a', { handler: () => ({}) });
      app.http('a', { handler: () => ({}) });
    });
    await expect(twice).rejects.toThrow('A function with id "a" has already been registered.');
    const { app } = await import('@azure/functions');
    await inProcessApp(() => app.http('a', { handler: () => ({}) }));
    expect(() => app.http('late', { handler: () => ({}) })).toThrow(
      'A function can only be registered during app startup.',
    );
  });
});
