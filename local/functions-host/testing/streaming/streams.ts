import { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { app, type HttpRequest } from '@azure/functions';

/** A function app whose http functions stream, without a route prefix and with a short timeout. */
app.setup({ enableHttpStream: true });

app.http('countdown', {
  route: 'countdown/{from:int}',
  handler: (request: HttpRequest) => ({
    headers: { 'content-type': 'text/event-stream' },
    body: ReadableStream.from(countdown(Number(request.params.from))),
  }),
});

async function* countdown(from: number): AsyncGenerator<Uint8Array> {
  for (let left = from; left >= 0; left--) {
    yield Buffer.from(`data: ${left}\n\n`);
    await sleep(100);
  }
}

app.http('shout', {
  methods: ['POST'],
  handler: async (request: HttpRequest) => ({ status: 201, body: (await request.text()).toUpperCase() }),
});

app.http('thrower', {
  handler: () => {
    throw new Error('broken on purpose');
  },
});
