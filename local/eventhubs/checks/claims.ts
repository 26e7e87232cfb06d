import { once } from 'node:events';
import { EventHubProducerClient } from '@azure/event-hubs';
import type { EventContext, Receiver, Sender } from 'rhea';
import { expect } from 'vitest';
import { Condition } from '../amqp/conditions.ts';
import { AmqpPeer } from '../testing/amqpPeer.ts';
import { collect, Listener } from '../testing/receiving.ts';
import { sasToken } from '../testing/sasToken.ts';
import { ACCESS_KEY, QUICK_RETRIES, type TestBroker } from '../testing/testBroker.ts';
import { SAS_TOKEN_TYPE } from '../tokens.ts';
import { bodies, firstPartition, inSeconds, refusalOf, type Check } from './check.ts';

const NO_RETRY = { retryOptions: { ...QUICK_RETRIES.retryOptions, maxRetries: 0 } };
const UNAUTHORIZED = { code: 'UnauthorizedError' };

function token(resource: string, expiry = inSeconds(3_600)): string {
  return sasToken({ resource: `sb://127.0.0.1/${resource}`, expiry, accessKey: ACCESS_KEY });
}

/** A connection string with a token instead of the key. */
function withToken(test: TestBroker, value: string): string {
  return `Endpoint=sb://127.0.0.1:${test.broker.port};SharedAccessSignature=${value};UseDevelopmentEmulator=true`;
}

async function send(connectionString: string, hub: string, options = NO_RETRY): Promise<void> {
  const client = new EventHubProducerClient(connectionString, hub, options);
  try {
    await client.sendBatch([{ body: 1 }]);
  } finally {
    await client.close();
  }
}

/** The request and reply links of `$cbs` on a connection of its own. */
class CbsPeer {
  readonly peer: AmqpPeer;
  readonly requests: Sender;
  readonly replies: Receiver;

  private constructor(peer: AmqpPeer, requests: Sender, replies: Receiver) {
    this.peer = peer;
    this.requests = requests;
    this.replies = replies;
  }

  static async open(test: TestBroker): Promise<CbsPeer> {
    const peer = await AmqpPeer.open(test.broker.port);
    const replies = await peer.receiver('$cbs', { target: { address: 'replies' } });
    return new CbsPeer(peer, await peer.sender('$cbs'), replies);
  }

  async ask(request: object): Promise<{ correlationId: unknown; status: number; description: string }> {
    const [[{ message }]] = await Promise.all([
      this.peer.receive(this.replies, 1),
      this.requests.send({ message_id: 'm-7', reply_to: 'replies', body: null, ...request }),
    ]);
    const properties = message?.application_properties ?? {};
    const description = String(properties['status-description']);
    return { correlationId: message?.correlation_id, status: Number(properties['status-code']), description };
  }

  put(audience: string, body: unknown, type: unknown = SAS_TOKEN_TYPE) {
    const application_properties = { operation: 'put-token', type, name: `sb://127.0.0.1:1/${audience}` };
    return this.ask({ application_properties, body });
  }
}

export const claimsChecks: Check[] = [
  {
    name: 'put-token is answered on the reply link with the correlation id of its request and status 202',
    async run({ test }) {
      const hub = await test.hub();
      const cbs = await CbsPeer.open(test);
      const audiences = [`${hub}/$management`, hub, `${hub}/Partitions/0`, firstPartition(hub)];
      for (const audience of audiences) {
        const reply = await cbs.put(audience, token(audience));
        expect([audience, reply]).toEqual([audience, { correlationId: 'm-7', status: 202, description: 'Accepted' }]);
      }
      await cbs.peer.close();
    },
  },
  {
    name: 'a token for a hub or group that does not exist is 404, which the client reports at once and does not retry',
    async run({ test }) {
      const hub = await test.hub();
      const missing = test.producer('missing', { retryOptions: { maxRetries: 5, retryDelayInMs: 60_000 } });
      expect(await refusalOf(missing.getPartitionIds())).toMatchObject({ code: 'MessagingEntityNotFoundError' });
      const receive = collect(test.consumer(hub, 'missing'), { count: 1, partition: '0' });
      expect(await refusalOf(receive)).toMatchObject({ code: 'MessagingEntityNotFoundError' });
    },
  },
  {
    name: 'a wrong key or key name is 401 for sending and for management, which the client retries as UnauthorizedError',
    async run({ test }) {
      const hub = await test.hub();
      for (const wrong of [{ key: 'b3RoZXI=' }, { name: 'other' }]) {
        const client = test.producer(hub, { accessKey: { ...ACCESS_KEY, ...wrong }, ...NO_RETRY });
        await expect(client.sendBatch([{ body: 1 }])).rejects.toMatchObject({ ...UNAUTHORIZED, retryable: true });
        await expect(client.getPartitionIds()).rejects.toMatchObject(UNAUTHORIZED);
      }
    },
  },
  {
    name: 'a token for the namespace or for the hub alone is taken, whatever its case, one for another hub is not',
    async run({ test }) {
      const [mine, other] = [await test.hub(), await test.hub()];
      for (const resource of ['', mine, mine.toLowerCase()]) await send(withToken(test, token(resource)), mine);
      for (const resource of [other, `${mine}-2`]) {
        await expect(send(withToken(test, token(resource)), mine)).rejects.toMatchObject(UNAUTHORIZED);
      }
    },
  },
  {
    name: 'a token that has expired is refused as ExpiredToken with its time, also when the clocks differ',
    async run({ test }) {
      const hub = await test.hub();
      const refusal = await refusalOf(send(withToken(test, token('', inSeconds(-1))), hub));
      expect(refusal).toMatchObject(UNAUTHORIZED);
      expect(refusal.message).toMatch(/ExpiredToken: The token is expired. Expiration time: '[-0-9]+ [:0-9]+Z'/);
      // A client whose clock is ahead makes tokens that live longer; those are taken.
      await send(withToken(test, token('', inSeconds(30 * 24 * 3_600))), hub);
    },
  },
  {
    name: 'what is no token is refused as MalformedToken or InvalidSignature',
    async run({ test }) {
      const hub = await test.hub();
      const cases: [string, string][] = [
        [token('').replace(/sig=[^&]*/, 'sig=%zz'), 'MalformedToken'],
        [token('').replace(/se=\d+/, 'se=soon'), 'MalformedToken'],
        [token('').replace(/sig=[^&]*/, 'sig=AAAA'), 'InvalidSignature'],
      ];
      for (const [bad, text] of cases) {
        const refusal = await refusalOf(send(withToken(test, bad), hub));
        expect(refusal).toMatchObject(UNAUTHORIZED);
        expect(refusal.message).toContain(text);
      }
    },
  },
  {
    name: 'a link without a token for it is refused with amqp:unauthorized-access',
    async run({ test }) {
      const [hub, other] = [await test.hub(), await test.hub()];
      const cbs = await CbsPeer.open(test);
      expect((await cbs.put(other, token(other))).status).toBe(202);
      const refusal = { condition: Condition.unauthorized };
      await expect(cbs.peer.sender(hub)).rejects.toMatchObject(refusal);
      await expect(cbs.peer.receiver(firstPartition(hub))).rejects.toMatchObject(refusal);
      await cbs.peer.close();
    },
  },
  {
    name: 'a link is closed when its token expires',
    async run({ test }) {
      const hub = await test.hub();
      await test.producer(hub).sendBatch([{ body: 1 }]);
      const connectionString = withToken(test, token('', inSeconds(2)));
      const listener = new Listener(test.consumer(hub, '$Default', { connectionString }), '0');
      await listener.until(({ events }) => events.length === 1);
      await listener.until(({ errors }) => errors.length > 0);
      // The client has tried to come back with the same token before it reports all attempts together.
      const { errors } = listener.errors[0] as unknown as AggregateError;
      const text = expect.stringContaining('ExpiredToken') as string;
      expect(errors).toContainEqual(expect.objectContaining({ message: text }));
      await listener.close();
    },
  },
  {
    name: 'a link stays open when its token is renewed in time',
    async run({ test }) {
      const hub = await test.hub();
      const cbs = await CbsPeer.open(test);
      const soon = inSeconds(2);
      await cbs.put(hub, token(hub, soon));
      const sender = await cbs.peer.sender(hub);
      let closed = false;
      sender.once('sender_close', () => (closed = true));
      await cbs.put(hub, token(hub));
      await expect.poll(() => Date.now() > soon * 1_000 + 300, { timeout: 5_000 }).toBe(true);
      sender.send({ body: 'later' });
      await once(sender, 'accepted');
      expect(closed).toBe(false);
      await cbs.peer.close();
    },
  },
  {
    name: 'odd requests to $cbs are answered with a status instead of a broken connection',
    async run({ test }) {
      const cbs = await CbsPeer.open(test);
      const requests: [object, number][] = [
        [{ application_properties: { operation: 'delete-token' } }, 501],
        [{ application_properties: { operation: 'put-token', name: 7, type: 'x' } }, 400],
        [{ application_properties: { operation: 'put-token', name: 'sb://h/hub', type: 'jwt' }, body: 'x' }, 401],
        [{}, 501],
      ];
      for (const [request, status] of requests) expect((await cbs.ask(request)).status).toBe(status);
      const [[{ delivery }]] = (await Promise.all([
        once(cbs.requests, 'rejected'),
        cbs.requests.send({ message_id: 'm', reply_to: 'nobody', body: null }),
      ])) as [EventContext[], unknown];
      expect(delivery?.remote_state?.error).toMatchObject({ condition: Condition.notFound });
      await cbs.peer.close();
    },
  },
  {
    name: 'a namespace without a key takes every token and none',
    fidelity: 'differs',
    async run({ open }) {
      const hub = await open.hub();
      await open.producer(hub, { accessKey: { name: 'any', key: 'thing' } }).sendBatch([{ body: 'token' }]);
      const peer = await AmqpPeer.open(open.broker.port);
      const sender = await peer.sender(hub);
      sender.send({ body: 'no token' });
      await once(sender, 'accepted');
      await peer.close();
      expect(bodies(await collect(open.consumer(hub), { count: 2 }))).toEqual(['token', 'no token']);
    },
  },
];
