import { once } from 'node:events';
import { EventHubProducerClient } from '@azure/event-hubs';
import type { EventContext } from 'rhea';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { AmqpPeer } from './testing/amqpPeer.ts';
import { collect, Listener } from './testing/receiving.ts';
import { sasToken } from './testing/sasToken.ts';
import { ACCESS_KEY, QUICK_RETRIES, TestBroker } from './testing/testBroker.ts';

let test: TestBroker;
beforeAll(async () => void (test = await TestBroker.start()));
afterAll(() => test.end());

const unauthorized = { code: 'UnauthorizedError' };
const NO_RETRY = { retryOptions: { ...QUICK_RETRIES.retryOptions, maxRetries: 0 } };

/** A connection string with a token instead of the key. */
function withToken(resource: string, expiry: number): string {
  const token = sasToken({ resource: `sb://127.0.0.1/${resource}`, expiry, accessKey: ACCESS_KEY });
  return `Endpoint=sb://127.0.0.1:${test.broker.port};SharedAccessSignature=${token};UseDevelopmentEmulator=true`;
}

async function send(connectionString: string, hub: string): Promise<void> {
  const client = new EventHubProducerClient(connectionString, hub, NO_RETRY);
  try {
    await client.sendBatch([{ body: 1 }]);
  } finally {
    await client.close();
  }
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;

describe('a namespace with a key', () => {
  it.each([
    ['another key', { ...ACCESS_KEY, key: 'b3RoZXI=' }],
    ['another key name', { ...ACCESS_KEY, name: 'other' }],
  ])('refuses %s for sending and for management', async (_, accessKey) => {
    const hub = await test.hub();
    await expect(test.producer(hub, { accessKey, ...NO_RETRY }).sendBatch([{ body: 1 }])).rejects.toMatchObject(
      unauthorized,
    );
    await expect(test.producer(hub, { accessKey, ...NO_RETRY }).getPartitionIds()).rejects.toMatchObject(unauthorized);
  });

  it('takes a token for the namespace and for the hub alone, and for nothing else', async () => {
    const [mine, other] = [await test.hub(), await test.hub()];
    await send(withToken('', inAnHour()), mine);
    await send(withToken(mine, inAnHour()), mine);
    await send(withToken(mine.toLowerCase(), inAnHour()), mine);
    await expect(send(withToken(other, inAnHour()), mine)).rejects.toMatchObject(unauthorized);
    await expect(send(withToken(`${mine}-2`, inAnHour()), mine)).rejects.toMatchObject(unauthorized);
  });

  it('refuses an expired token and a token that is no token', async () => {
    const hub = await test.hub();
    await expect(send(withToken('', inAnHour() - 7_200), hub)).rejects.toMatchObject(unauthorized);
    const broken = withToken('', inAnHour()).replace(/sig=[^&]*/, 'sig=%zz');
    await expect(send(broken, hub)).rejects.toMatchObject(unauthorized);
  });

  it('ends a link when its token expires', async () => {
    const hub = await test.hub();
    await test.producer(hub).sendBatch([{ body: 1 }]);
    const token = withToken('', Math.ceil(Date.now() / 1000) + 1);
    const listener = new Listener(test.consumer(hub, '$Default', { connectionString: token }), '0');
    await listener.until(({ events }) => events.length === 1);
    await listener.until(({ errors }) => errors.length > 0);
    // The client has tried to come back with the same token before it reports all attempts together.
    const { errors } = listener.errors[0] as unknown as AggregateError;
    expect(errors).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('ExpiredToken') as string }),
    );
    await listener.close();
  });

  it('refuses links without a token', async () => {
    const hub = await test.hub();
    const peer = await AmqpPeer.open(test.broker.port);
    const refusal = { condition: Condition.unauthorized };
    await expect(peer.sender(hub)).rejects.toMatchObject(refusal);
    await expect(peer.receiver(`${hub}/ConsumerGroups/$Default/Partitions/0`)).rejects.toMatchObject(refusal);
    await peer.close();
  });

  it('takes name and key by SASL PLAIN, and no others', async () => {
    const hub = await test.hub();
    const { name, key } = ACCESS_KEY;
    const peer = await AmqpPeer.open(test.broker.port, { username: name, password: key });
    const sender = await peer.sender(hub);
    sender.send({ body: 'plain' });
    await once(sender, 'accepted');
    await peer.close();
    expect((await collect(test.consumer(hub), { count: 1 }))[0].body).toBe('plain');
    const wrong = AmqpPeer.open(test.broker.port, { username: name, password: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ condition: Condition.unauthorized });
  });

  it('answers odd requests to $cbs instead of hanging up', async () => {
    const peer = await AmqpPeer.open(test.broker.port);
    const sender = await peer.sender('$cbs');
    const receiver = await peer.receiver('$cbs', { target: { address: 'replies' } });
    const requests: [object, number][] = [
      [{ application_properties: { operation: 'delete-token' } }, 501],
      [{ application_properties: { operation: 'put-token', name: 7, type: 'x' } }, 400],
      [{ application_properties: { operation: 'put-token', name: 'sb://h/hub', type: 'jwt' }, body: 'x' }, 401],
      [{}, 501],
    ];
    for (const [request, status] of requests) {
      const [reply] = await Promise.all([
        peer.receive(receiver, 1),
        sender.send({ message_id: 'm', reply_to: 'replies', body: null, ...request }),
      ]);
      expect(reply[0].message).toMatchObject({
        correlation_id: 'm',
        application_properties: { 'status-code': status },
      });
    }
    const [rejected] = (await Promise.all([
      once(sender, 'rejected'),
      sender.send({ message_id: 'm', reply_to: 'nobody', body: null }),
    ])) as [EventContext[], unknown];
    expect(rejected[0].delivery?.remote_state?.error).toMatchObject({ condition: Condition.notFound });
    await peer.close();
  });
});

describe('a namespace without a key', () => {
  it('takes every token and none', async () => {
    const open = await TestBroker.start({ accessKey: undefined });
    try {
      const hub = await open.hub();
      await open.producer(hub, { accessKey: { name: 'any', key: 'thing' } }).sendBatch([{ body: 'token' }]);
      const peer = await AmqpPeer.open(open.broker.port);
      const sender = await peer.sender(hub);
      sender.send({ body: 'no token' });
      await once(sender, 'accepted');
      await peer.close();
      const events = await collect(open.consumer(hub), { count: 2 });
      expect(events.map(({ body }) => body as unknown)).toEqual(['token', 'no token']);
    } finally {
      await open.end();
    }
  });
});
