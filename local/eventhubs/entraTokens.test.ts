import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, EventHubProducerClient, type ReceivedEventData } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { trustAuthority } from '../clients/stackClients.ts';
import { AUDIENCES } from '../identity/accessTokens.ts';
import type { Identity } from '../identity/directory.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { identityStack, testIdentity, testResource, type IdentityStack } from '../identity/testing/identityStack.ts';
import { EventHubsBroker } from './broker.ts';

const namespaceId = testResource('Microsoft.EventHub/namespaces/ns');
const SENDER = '2b629674-e913-4c01-ae53-ef4638d8f975';
const RECEIVER = 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde';
const sender = testIdentity('sender');
const receiver = testIdentity('receiver');
const stranger = testIdentity('stranger');
const RETRY = { maxRetries: 0, timeoutInMs: 2_000 };

const dataDir = mkdtempSync(join(tmpdir(), 'eventhubs-identity-'));
let stack: IdentityStack;
let broker: EventHubsBroker;

beforeAll(async () => {
  const hub = `${namespaceId}/eventhubs/clicks`;
  stack = await identityStack({
    assignments: [
      { id: 'send', principalId: sender.principalId, roleId: SENDER, scope: hub },
      { id: 'receive', principalId: receiver.principalId, roleId: RECEIVER, scope: `${hub}/consumergroups/readers` },
    ],
  });
  trustAuthority(stack.files.ca);
  const access = openServiceAccess({ faithful: stack.files }, AUDIENCES.eventHubs)!;
  broker = await EventHubsBroker.start({ dataDir, port: 0, tls: access.tls, entra: { ...access, namespaceId } });
  for (const name of ['clicks', 'other']) await broker.putHub({ name, partitionCount: 1, retentionHours: 1 });
  await broker.putConsumerGroup({ hub: 'clicks', name: 'readers' });
});

afterAll(async () => {
  await broker.stop();
  await stack.remove();
  rmSync(dataDir, { recursive: true });
});

function credentialOf(identity: Identity, audience: string = AUDIENCES.eventHubs[0]) {
  const expiresOnTimestamp = Date.now() + 3_600_000;
  return { getToken: async () => ({ token: await stack.token(identity, audience), expiresOnTimestamp }) };
}

function producer(identity: Identity, { hub = 'clicks', audience }: { hub?: string; audience?: string } = {}) {
  return new EventHubProducerClient(`localhost:${broker.port}`, hub, credentialOf(identity, audience), {
    retryOptions: RETRY,
  });
}

/** What sending one event came to: undefined, or the error. */
async function send(client: EventHubProducerClient): Promise<Error | undefined> {
  return client
    .sendBatch([{ body: 'click' }])
    .then(() => undefined)
    .catch((error: Error) => error);
}

/** The first event or error that a consumer of the group gets. */
async function receive(identity: Identity, group: string): Promise<ReceivedEventData | Error> {
  const consumer = new EventHubConsumerClient(group, `localhost:${broker.port}`, 'clicks', credentialOf(identity), {
    retryOptions: RETRY,
  });
  try {
    return await new Promise((resolve) => {
      consumer.subscribe(
        {
          processEvents: async ([event]) => (event ? resolve(event) : undefined),
          processError: async (error) => resolve(error),
        },
        { startPosition: { offset: '-1' }, maxWaitTimeInSeconds: 1 },
      );
    });
  } finally {
    await consumer.close();
  }
}

describe('tokens of Microsoft Entra over TLS', () => {
  it('let a sender send to its hub and read its facts, and a receiver receive in its consumer group', async () => {
    const client = producer(sender);
    expect(await client.getPartitionIds()).toEqual(['0']);
    expect(await send(client)).toBeUndefined();
    await client.close();
    expect(await receive(receiver, 'readers')).toMatchObject({ body: 'click' });
  });

  it('do not let a sender send to another hub, nor a receiver send, nor receive in another group', async () => {
    const elsewhere = await send(producer(sender, { hub: 'other' }));
    for (const part of [
      sender.principalId,
      'messages/send/action',
      '/eventhubs/other',
      'Azure Event Hubs Data Sender',
    ]) {
      expect(elsewhere?.message).toContain(part);
    }
    expect(elsewhere).toMatchObject({ code: 'UnauthorizedError' });
    expect(await send(producer(receiver))).toMatchObject({ code: 'UnauthorizedError' });
    expect(await receive(receiver, '$Default')).toMatchObject({
      code: 'UnauthorizedError',
      message: expect.stringContaining('Azure Event Hubs Data Receiver') as string,
    });
  });

  it('refuse a stranger, a foreign audience, and every key', async () => {
    expect(await send(producer(stranger))).toMatchObject({ code: 'UnauthorizedError' });
    const foreign = await send(producer(sender, { audience: AUDIENCES.cosmos[0] }));
    expect(foreign?.message).toContain('audience');
    const withKey = new EventHubProducerClient(
      `Endpoint=sb://localhost:${broker.port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=a2V5`,
      'clicks',
      { retryOptions: RETRY },
    );
    expect((await send(withKey))?.message).toContain('Local authentication is disabled');
  });

  it('are taken by the REST interface', async () => {
    const { token } = await credentialOf(sender).getToken();
    const post = (authorization: string, hub = 'clicks') =>
      fetch(`https://localhost:${broker.httpPort}/${hub}/messages`, {
        method: 'POST',
        headers: { authorization },
        body: 'over http',
      });
    expect((await post(`Bearer ${token}`)).status).toBe(201);
    expect((await post(`Bearer ${token}`, 'other')).status).toBe(401);
    expect((await post('SharedAccessSignature sr=x&sig=x&se=1&skn=x')).status).toBe(401);
  });

  it('lose their rights on open links as soon as a role is taken away', async () => {
    const client = producer(sender);
    expect(await send(client)).toBeUndefined();
    const { assignments, ...rest } = stack.directory.content;
    stack.directory.write({ ...rest, assignments: assignments.filter(({ id }) => id !== 'send') });
    broker.reloadAccess();
    // A send that crosses the end of its link is answered by nobody; the next one is refused.
    const refused = async () => expect(await send(client)).toMatchObject({ code: 'UnauthorizedError' });
    await vi.waitFor(refused, { timeout: 15_000 });
    stack.directory.write({ ...rest, assignments });
    broker.reloadAccess();
    expect(await send(client)).toBeUndefined();
    await client.close();
  });
});
