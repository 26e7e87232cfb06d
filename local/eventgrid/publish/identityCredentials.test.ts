import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AccessControl } from '../../identity/accessControl.ts';
import { AUDIENCES, TokenVerifier } from '../../identity/accessTokens.ts';
import { testIdentity, testIdentityStack, testResource } from '../../identity/testing/identityStack.ts';
import { authorizeByIdentity } from './identityCredentials.ts';

const topicId = testResource('Microsoft.EventGrid/topics/topic');
const SENDER = 'd5a91429-5739-47e2-a06b-3470a27159e7';
const sender = testIdentity('sender');
const stranger = testIdentity('stranger');

async function setUp() {
  const assignment = { id: '1', principalId: sender.principalId, roleId: SENDER, scope: topicId };
  const stack = await testIdentityStack({ assignments: [assignment] });
  const publicKey = createPublicKey(readFileSync(stack.files.publicKey));
  const access = {
    tokens: new TokenVerifier({ publicKey, audiences: AUDIENCES.eventGrid }),
    control: new AccessControl(stack.directory),
  };
  const publish = (authorization?: string, topic = topicId) =>
    authorizeByIdentity({ authorization, 'aeg-sas-key': 'key' }, topic, access);
  const bearer = async (identity = sender, audience: string = AUDIENCES.eventGrid[0]) =>
    `Bearer ${await stack.token(identity, audience)}`;
  return { publish, bearer };
}

describe('authorizeByIdentity', () => {
  it('lets a principal in that may send to the topic', async () => {
    const { publish, bearer } = await setUp();
    await expect(publish(await bearer())).resolves.toBeUndefined();
  });

  it('refuses a principal without the role on this topic, naming the role', async () => {
    const { publish, bearer } = await setUp();
    const role = expect.stringContaining('"EventGrid Data Sender"') as string;
    await expect(publish(await bearer(stranger))).rejects.toMatchObject({ status: 403, message: role });
    await expect(publish(await bearer(), `${topicId}-2`)).rejects.toMatchObject({ status: 403, message: role });
  });

  it('refuses keys, tokens of other services and what is no token', async () => {
    const { publish, bearer } = await setUp();
    const disabled = expect.stringContaining('Local authentication is disabled') as string;
    await expect(publish()).rejects.toMatchObject({ status: 401, message: disabled });
    await expect(publish('SharedAccessSignature x')).rejects.toMatchObject({ status: 401, message: disabled });
    const foreign = await bearer(sender, AUDIENCES.cosmos[0]);
    const audience = expect.stringContaining('audience') as string;
    await expect(publish(foreign)).rejects.toMatchObject({ status: 401, message: audience });
    await expect(publish('Bearer abc')).rejects.toMatchObject({ status: 401 });
  });
});
