import { app, type HttpRequest, type InvocationContext } from '@azure/functions';

/** A function app with every trigger that the host serves; each call is told to the test at `RECORDER_URL`. */

async function record(name: string, input: unknown, context: InvocationContext): Promise<void> {
  const call = { name, input, metadata: context.triggerMetadata, retry: context.retryContext };
  const response = await fetch(process.env.RECORDER_URL!, { method: 'POST', body: JSON.stringify(call) });
  // The test decides how the call ends.
  if (response.status !== 204) throw new Error(`the test answered ${response.status}`);
}

const retry = { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { seconds: 1 } } as const;

app.http('echo', {
  route: 'echo/{id?}',
  methods: ['GET', 'POST'],
  handler: async (request: HttpRequest) => ({
    status: request.method === 'POST' ? 201 : 200,
    headers: { 'x-id': request.params.id ?? 'none' },
    cookies: [{ name: 'seen', value: 'a b', path: '/', maxAge: 60, secure: true, httpOnly: true, sameSite: 'Strict' }],
    jsonBody: { query: request.query.get('q'), body: request.method === 'POST' ? await request.text() : null },
  }),
});
app.http('silent', { handler: () => undefined as never });
app.http('broken', {
  handler: () => {
    throw new Error('broken on purpose');
  },
});
app.eventHub('events', {
  connection: 'EventHubs',
  eventHubName: '%HUB_NAME%',
  consumerGroup: 'group',
  cardinality: 'many',
  retry,
  handler: (events, context) => record('events', events, context),
});
app.cosmosDB('changes', {
  connection: 'Cosmos',
  databaseName: 'db',
  containerName: 'watched',
  feedPollDelay: 50,
  startFromBeginning: true,
  maxItemsPerInvocation: 10,
  retry,
  handler: (documents: unknown[], context: InvocationContext) => record('changes', documents, context),
});
app.timer('tick', {
  schedule: '0 0 0 1 1 *',
  runOnStartup: true,
  handler: (timer, context) => record('tick', timer, context),
});
app.eventGrid('grid', { handler: (event, context) => record('grid', event, context) });
app.timer('sleeping', { schedule: '* * * * * *', handler: (timer, context) => record('sleeping', timer, context) });
