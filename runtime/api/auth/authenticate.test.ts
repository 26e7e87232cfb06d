import { createServer, type IncomingMessage, type Server } from 'node:http';
import { generateKeyPairSync, hash, sign, type KeyObject } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../http/problem.ts';
import type { ApiSettings } from '../settings.ts';
import { authenticator, type Principal } from './authenticate.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const AUDIENCE = 'api://attune';
const nowSeconds = () => Math.floor(Date.now() / 1000);

let server: Server;
let issuer: string;
let keySetReads = 0;
let published: object[] = [];

beforeAll(async () => {
  published = [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa-1', use: 'sig' },
    { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec-1' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'oct-1' },
  ];
  server = createServer((request, response) => {
    const isKeySet = request.url === '/keys';
    if (isKeySet) keySetReads += 1;
    response.end(JSON.stringify(isKeySet ? { keys: published } : { issuer, jwks_uri: `${issuer}/keys` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

function settings(overrides: Partial<ApiSettings> = {}): ApiSettings {
  return {
    host: '127.0.0.1',
    port: 0,
    tenant: 'contoso',
    keyDigests: [],
    allowLoopback: false,
    tokens: undefined,
    outboundChannels: new Set(),
    ...overrides,
  };
}

function call(headers: Record<string, string>, remoteAddress = '10.0.0.7'): IncomingMessage {
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

interface TokenParts {
  header?: object;
  claims?: object;
  key?: KeyObject;
}

function token({ header, claims, key = rsa.privateKey }: TokenParts = {}): string {
  const head = { alg: 'RS256', kid: 'rsa-1', ...header };
  const body = { iss: issuer, aud: AUDIENCE, sub: 'app-1', exp: nowSeconds() + 600, ...claims };
  const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

async function refusal(attempt: () => Principal | Promise<Principal>): Promise<Problem> {
  const answer = await new Promise<Principal>((resolve) => resolve(attempt())).catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(Problem);
  return answer as Problem;
}

describe('tokens', () => {
  const withTokens = () => authenticator(settings({ tokens: { issuer, audience: AUDIENCE } }));
  const bearer = (value: string) => call({ authorization: `Bearer ${value}` });

  it('accepts RS256 and ES256, and remembers a verified token', async () => {
    const authenticate = withTokens();
    const caller = { tenant: 'contoso', caller: 'token:app-1' };
    const request = bearer(token());
    expect(await authenticate(request)).toEqual(caller);
    expect(authenticate(request)).toEqual(caller);
    const elliptic = token({
      header: { alg: 'ES256', kid: 'ec-1' },
      claims: { aud: ['x', AUDIENCE] },
      key: ec.privateKey,
    });
    expect(await authenticate(bearer(elliptic))).toEqual(caller);
  });

  const refused: [string, () => string, string][] = [
    ['another signer', () => token({ key: otherRsa.privateKey }), 'its signature is wrong'],
    ['another issuer', () => token({ claims: { iss: 'https://evil' } }), 'its issuer is not'],
    ['another audience', () => token({ claims: { aud: 'api://other' } }), 'its audience is not'],
    ['an expired token', () => token({ claims: { exp: nowSeconds() - 120 } }), 'it has expired'],
    ['a token without expiry', () => token({ claims: { exp: undefined } }), 'it has no expiry'],
    ['a token of the future', () => token({ claims: { nbf: nowSeconds() + 600 } }), 'it is not valid yet'],
    ['no algorithm', () => token({ header: { alg: 'none' } }), 'its algorithm is neither'],
    ['a shared-key algorithm', () => token({ header: { alg: 'HS256' } }), 'its algorithm is neither'],
    ['an algorithm of another key', () => token({ header: { kid: 'ec-1' } }), 'does not fit its signing key'],
    ['a shared key', () => token({ header: { kid: 'oct-1' } }), 'its signing key is unknown'],
    ['a critical extension', () => token({ header: { crit: ['b64'] } }), 'it demands an extension'],
    ['something else', () => 'abc', 'it is not a signed JSON Web Token'],
    ['parts that are not JSON', () => 'abc.def.ghi', 'it is not a signed JSON Web Token'],
    ['an endless token', () => `${'a'.repeat(20_000)}.b.c`, 'it is not a signed JSON Web Token'],
  ];
  it.each(refused)('refuses %s', async (_, make, reason) => {
    const problem = await refusal(() => withTokens()(bearer(make())));
    expect(problem.status).toBe(401);
    expect(problem.message).toContain(reason);
    expect(problem.headers['www-authenticate']).toBe('Bearer realm="attune", error="invalid_token"');
  });

  it('finds a rotated key, and asks the issuer no second time for an unknown one', async () => {
    const authenticate = withTokens();
    const problem = await refusal(() => authenticate(bearer(token({ header: { kid: 'made-up' } }))));
    expect(problem.message).toContain('its signing key is unknown');
    const reads = keySetReads;
    await refusal(() => authenticate(bearer(token({ header: { kid: 'made-up-2' } }))));
    expect(keySetReads).toBe(reads);

    published = [{ ...otherRsa.publicKey.export({ format: 'jwk' }), kid: 'rsa-2' }];
    const rotated = token({ header: { kid: 'rsa-2' }, key: otherRsa.privateKey });
    expect(await withTokens()(bearer(rotated))).toMatchObject({ caller: 'token:app-1' });
  });

  it('answers 503 while the issuer cannot be asked', async () => {
    const unreachable = { issuer: 'http://127.0.0.1:1', audience: AUDIENCE };
    const problem = await refusal(() => authenticator(settings({ tokens: unreachable }))(bearer(token())));
    expect(problem.status).toBe(503);
    expect(problem.headers['retry-after']).toBe('5');
  });

  it('refuses any token where none is configured', async () => {
    expect((await refusal(() => authenticator(settings())(bearer(token())))).status).toBe(401);
  });
});

describe('keys', () => {
  const authenticate = authenticator(
    settings({ keyDigests: [hash('sha256', 'one', 'buffer'), hash('sha256', 'two', 'buffer')] }),
  );

  it.each(['one', 'two'])('accepts the key %s', (key) => {
    expect(authenticate(call({ 'ocp-apim-subscription-key': key }))).toEqual({ tenant: 'contoso', caller: 'key' });
  });

  it.each(['three', ''])('refuses the key %j', async (key) => {
    const problem = await refusal(() => authenticate(call({ 'ocp-apim-subscription-key': key })));
    expect(problem.status).toBe(401);
    expect(problem.headers['www-authenticate']).toBe('Bearer realm="attune"');
  });
});

describe('loopback', () => {
  const authenticate = authenticator(settings({ allowLoopback: true }));

  it.each([
    ['127.0.0.1', 'localhost:8080'],
    ['::1', '[::1]:8080'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
  ])('accepts %s without a credential', (address, host) => {
    expect(authenticate(call({ host }, address))).toEqual({ tenant: 'contoso', caller: 'loopback' });
  });

  it.each([
    ['another machine', { host: 'localhost' }, '10.0.0.7'],
    ['a proxy', { host: 'localhost', 'x-forwarded-for': '1.2.3.4' }, '127.0.0.1'],
    ['a web page under another name', { host: 'evil.example' }, '127.0.0.1'],
    ['a web page of another origin', { host: 'localhost', origin: 'https://evil.example' }, '127.0.0.1'],
    ['no host', {}, '127.0.0.1'],
  ])('refuses %s', async (_, headers, address) => {
    expect((await refusal(() => authenticate(call(headers, address)))).status).toBe(401);
  });

  it('refuses everybody where it is not allowed', async () => {
    const problem = await refusal(() => authenticator(settings())(call({ host: 'localhost' }, '127.0.0.1')));
    expect(problem.status).toBe(401);
  });

  it('does not make up for a wrong key', async () => {
    const headers = { host: 'localhost', 'ocp-apim-subscription-key': 'wrong' };
    expect((await refusal(() => authenticate(call(headers, '127.0.0.1')))).status).toBe(401);
  });
});
