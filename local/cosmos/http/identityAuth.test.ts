import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CosmosClient, type Container, type OperationInput } from '@azure/cosmos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../cloud/ports.ts';
import { AUDIENCES } from '../../identity/accessTokens.ts';
import type { Identity } from '../../identity/directory.ts';
import { openServiceAccess } from '../../identity/serviceAccess.ts';
import { identityStack, testIdentity, testResource, type IdentityStack } from '../../identity/testing/identityStack.ts';
import { CosmosService } from '../service.ts';

const accountId = testResource('Microsoft.DocumentDB/databaseAccounts/account');
const READER = '00000000-0000-0000-0000-000000000001';
const CONTRIBUTOR = '00000000-0000-0000-0000-000000000002';
const writer = testIdentity('writer');
const reader = testIdentity('reader');
const stranger = testIdentity('stranger');

const dataDir = mkdtempSync(join(tmpdir(), 'cosmos-identity-'));
let stack: IdentityStack;
let service: CosmosService;
const clients: CosmosClient[] = [];

beforeAll(async () => {
  stack = await identityStack({
    assignments: [
      { id: '1', principalId: writer.principalId, roleId: CONTRIBUTOR, scope: `${accountId}/dbs/d/colls/c` },
      { id: '2', principalId: reader.principalId, roleId: READER, scope: `${accountId}/dbs/d/colls/c` },
    ],
  });
  const port = await freePort();
  const access = openServiceAccess({ faithful: stack.files }, [...AUDIENCES.cosmos, `https://localhost:${port}`])!;
  service = await CosmosService.start({ dataDir, access, accountId, port });
  await service.methods.putDatabase!({ id: 'd' } as never);
  for (const id of ['c', 'other']) {
    await service.methods.putContainer!({ database: 'd', id, partitionKey: { paths: ['/pk'] } } as never);
  }
});

afterAll(async () => {
  for (const client of clients) client.dispose();
  await service.stop();
  await stack.remove();
  rmSync(dataDir, { recursive: true });
});

/** The official client, trusting the local authority. */
function client(credentials: { key: string } | { identity: Identity; audience?: string }): CosmosClient {
  const agent = new Agent({ ca: readFileSync(stack.files.ca), keepAlive: true });
  const made = new CosmosClient({
    endpoint: service.endpoint,
    agent,
    ...('key' in credentials ? credentials : { aadCredentials: credentialOf(credentials) }),
  });
  clients.push(made);
  return made;
}

/** Tokens for what the client asks for, which is the endpoint of the account, or for another audience. */
function credentialOf({ identity, audience }: { identity: Identity; audience?: string }) {
  const expiresOnTimestamp = Date.now() + 3_600_000;
  return {
    getToken: async (scope: string | string[]) => {
      const asked = String(scope).replace(/\/*\.default$/, '');
      return { token: await stack.token(identity, audience ?? asked), expiresOnTimestamp };
    },
  };
}

function container(identity: Identity, id = 'c'): Container {
  return client({ identity }).database('d').container(id);
}

describe('a principal with a role on one container', () => {
  it('may do there what the role contains', async () => {
    const own = container(writer);
    await own.items.create({ id: '1', pk: 'a' });
    await own.items.upsert({ id: '1', pk: 'a', n: 1 });
    await own.item('1', 'a').replace({ id: '1', pk: 'a', n: 2 });
    await own.item('1', 'a').patch([{ op: 'incr', path: '/n', value: 1 }]);
    const batch: OperationInput[] = [{ operationType: 'Create', resourceBody: { id: '2', pk: 'a' } }];
    expect((await own.items.batch(batch, 'a')).code).toBe(200);
    expect((await own.item('1', 'a').read<{ n: number }>()).resource?.n).toBe(3);
    expect((await own.items.query('SELECT VALUE COUNT(1) FROM c').fetchAll()).resources).toEqual([2]);
    expect((await own.items.readAll().fetchAll()).resources).toHaveLength(2);
    const changes = await own.items.changeFeed('a', { startFromBeginning: true }).fetchNext();
    expect(changes.result).toHaveLength(2);
    await own.item('2', 'a').delete();
    expect((await own.read()).resource?.id).toBe('c');
  });

  it('may read with the role of a reader, and nothing else', async () => {
    const own = container(reader);
    expect((await own.item('1', 'a').read()).statusCode).toBe(200);
    expect((await own.items.query('SELECT * FROM c').fetchAll()).resources).toHaveLength(1);
    const denied = [
      own.items.create({ id: '3', pk: 'a' }),
      own.items.upsert({ id: '1', pk: 'a' }),
      own.item('1', 'a').replace({ id: '1', pk: 'a' }),
      own.item('1', 'a').delete(),
    ];
    for (const operation of denied) await expect(operation).rejects.toMatchObject({ code: 403, substatus: 5302 });
    const batch = own.items.batch([{ operationType: 'Create', resourceBody: { id: '4', pk: 'a' } }], 'a');
    await expect(batch).rejects.toMatchObject({ cause: { code: 403, substatus: 5302 } });
  });

  it('may do nothing in another container, and is told what is missing', async () => {
    const denied = await container(writer, 'other')
      .item('1', 'a')
      .read()
      .catch((error: Error) => error.message);
    const scope = `${accountId}/dbs/d/colls/other`;
    for (const part of [writer.principalId, 'items/read', scope, 'Cosmos DB Built-in Data Reader']) {
      expect(denied).toContain(part);
    }
  });

  it('may not make or delete databases and containers', async () => {
    await expect(client({ identity: writer }).databases.create({ id: 'new' })).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('Azure Resource Manager') as string,
    });
    await expect(container(writer).delete()).rejects.toMatchObject({ code: 403 });
  });
});

describe('without a role or a token of this account', () => {
  it('refuses a principal without any role, a foreign audience and a key', async () => {
    const read = (from: CosmosClient) => from.database('d').container('c').item('1', 'a').read();
    await expect(read(client({ identity: stranger }))).rejects.toMatchObject({ code: 403 });
    await expect(read(client({ identity: writer, audience: AUDIENCES.blob[0] }))).rejects.toMatchObject({
      code: 401,
      message: expect.stringContaining('audience') as string,
    });
    await expect(read(client({ key: 'a2V5' }))).rejects.toMatchObject({
      code: 401,
      message: expect.stringContaining('Local Authorization is disabled') as string,
    });
  });

  it('loses a role as soon as it is taken away', async () => {
    const own = container(reader);
    await own.item('1', 'a').read();
    const { assignments, ...rest } = stack.directory.content;
    stack.directory.write({ ...rest, assignments: assignments.filter(({ id }) => id !== '2') });
    await service.methods.reloadAccess!(null as never);
    await expect(own.item('1', 'a').read()).rejects.toMatchObject({ code: 403 });
    stack.directory.write({ ...rest, assignments });
    await service.methods.reloadAccess!(null as never);
    expect((await own.item('1', 'a').read()).statusCode).toBe(200);
  });
});
