import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { AUDIENCES, ISSUER, issueToken, TokenRefused, TokenVerifier } from './accessTokens.ts';
import { testIdentityStack, testIdentity } from './testing/identityStack.ts';

const anna = testIdentity('anna');
const COSMOS = AUDIENCES.cosmos[0];

async function setUp() {
  const stack = await testIdentityStack();
  const publicKey = createPublicKey(readFileSync(stack.files.publicKey));
  return { ...stack, verifier: new TokenVerifier({ publicKey, audiences: AUDIENCES.cosmos }) };
}

describe('TokenVerifier', () => {
  it('finds the principal of a token, with and without a slash behind the audience', async () => {
    const { verifier, token } = await setUp();
    for (const audience of [COSMOS, `${COSMOS}/`]) {
      expect(await verifier.verify(await token(anna, audience))).toMatchObject(anna);
    }
  });

  it('accepts a clock that is behind by less than five minutes, and refuses after that, remembered or not', async () => {
    const { verifier, token } = await setUp();
    const late = await token(anna, COSMOS, 60);
    await verifier.verify(late);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 4 * 60_000 });
    try {
      await verifier.verify(late);
      vi.setSystemTime(Date.now() + 3 * 60_000);
      await expect(verifier.verify(late)).rejects.toThrow('the token has expired');
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuses tokens of others, for others and what is no token, and says why', async () => {
    const { verifier, token, signingKey } = await setUp();
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const issue = { identity: anna, audience: COSMOS, issuer: ISSUER, lifetimeSeconds: 60 };
    const future = await new SignJWT({ oid: 'x', appid: 'x' })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(ISSUER)
      .setAudience(COSMOS)
      .setNotBefore(Math.floor(Date.now() / 1_000) + 3_600)
      .setExpirationTime('2h')
      .sign(signingKey);
    const nobody = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(ISSUER)
      .setAudience(COSMOS)
      .setExpirationTime('2h')
      .sign(signingKey);
    const refused: [string, string][] = [
      [await token(anna, AUDIENCES.blob[0]), 'is for the audience "https://storage.azure.com"'],
      [await issueToken({ ...issue, key: foreign }), 'signature of the token is wrong'],
      [await issueToken({ ...issue, key: signingKey, issuer: 'https://evil/' }), 'issuer is "https://evil/"'],
      [future, 'not valid yet'],
      [nobody, 'claim "oid"'],
      ['abc', 'not a token'],
      ['', 'not a token'],
    ];
    for (const [text, reason] of refused) {
      const error = await verifier.verify(text).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TokenRefused);
      expect((error as Error).message).toContain(reason);
    }
  });
});
