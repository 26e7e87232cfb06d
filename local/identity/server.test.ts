import { execFile } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AUDIENCES, TokenVerifier } from './accessTokens.ts';
import { ensureCertificates } from './certificates.ts';
import { IdentityServer } from './server.ts';
import { testIdentityStack, testIdentity, testResource } from './testing/identityStack.ts';

const api = testIdentity('api');
const other = testIdentity('other');
const topic = { ...testIdentity('topic'), resourceId: testResource('Microsoft.EventGrid/topics/topic') };
const HEADER = 'secret-of-the-api';

async function startServer() {
  const stack = await testIdentityStack({
    identities: [api, other, topic],
    holders: [
      { name: 'app-api', header: HEADER, identities: [api.resourceId] },
      { name: 'topic', header: 'secret-of-the-topic', identities: [], systemAssigned: topic.resourceId },
    ],
  });
  const { files } = stack;
  const server = new IdentityServer({
    signingKeyFile: files.signingKey,
    directoryFile: files.directory,
    tls: { cert: readFileSync(files.certificate), key: readFileSync(files.key) },
    ports: { http: 0, https: 0 },
    tokenLifetimeSeconds: 3_600,
  });
  await server.start();
  onTestFinished(() => server.stop());
  const publicKey = createPublicKey(readFileSync(files.publicKey));
  return { ...stack, server, verifier: new TokenVerifier({ publicKey, audiences: AUDIENCES.cosmos }) };
}

/** Asks for a token in a process of its own, as an app does: the client remembers where it found its identity. */
async function askAsApp(port: number, header: string, clientId?: string, audience: string = AUDIENCES.cosmos[0]) {
  const script =
    "import { ManagedIdentityCredential } from '@azure/identity';" +
    `const credential = new ManagedIdentityCredential(${JSON.stringify(clientId ? { clientId } : {})});` +
    `const { token } = await credential.getToken('${audience}/.default');` +
    'console.log(token);';
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env.PATH, IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: header },
  });
  return stdout.trim();
}

describe('managed-identity endpoint', () => {
  it('gives the official client a token of the identity that it names', async () => {
    const { server, verifier } = await startServer();
    const token = await askAsApp(server.ports.http, HEADER, api.clientId);
    expect(await verifier.verify(token)).toMatchObject(api);
  });

  it('gives the official client a token of the system-assigned identity', async () => {
    const { server, verifier } = await startServer();
    const token = await askAsApp(server.ports.http, 'secret-of-the-topic');
    expect(await verifier.verify(token)).toMatchObject(topic);
  });

  it('tells the official client that an identity is not assigned to the app', async () => {
    const { server } = await startServer();
    const failure = await askAsApp(server.ports.http, HEADER, other.clientId).catch((error: Error) => error.message);
    expect(failure).toContain(`app-api does not have the identity ${other.clientId}`);
  });

  const ask = (port: number, query: string, header = HEADER) =>
    fetch(`http://127.0.0.1:${port}/msi/token?${query}`, { headers: { 'x-identity-header': header } });

  it.each([
    ['api-version=2019-08-01&resource=x', 'wrong', 401, 'does not belong to an app'],
    ['api-version=2017-09-01&resource=x', HEADER, 400, 'api-version "2017-09-01" is not supported'],
    ['resource=x', HEADER, 400, 'api-version null is not supported'],
    ['api-version=2019-08-01', HEADER, 400, 'must name the audience'],
    ['api-version=2019-08-01&resource=x', HEADER, 400, 'does not have a system-assigned identity'],
    ['api-version=2019-08-01&resource=x&mi_res_id=/none', HEADER, 400, 'does not have the identity /none'],
  ])('refuses ?%s', async (query, header, status, text) => {
    const { server } = await startServer();
    const response = await ask(server.ports.http, query, header);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(text);
  });

  it('signs tokens for other audiences as an OpenID issuer whose keys can be read over https', async () => {
    const { server, files } = await startServer();
    const query = `api-version=2019-08-01&resource=api://attune&mi_res_id=${encodeURIComponent(api.resourceId)}`;
    const { access_token: token } = (await (await ask(server.ports.http, query)).json()) as { access_token: string };
    const get = async (url: string) => {
      const { stdout } = await promisify(execFile)('curl', ['-sS', '--cacert', files.ca, url]);
      return stdout;
    };
    const metadata = JSON.parse(await get(`${server.issuer}/.well-known/openid-configuration`)) as Record<
      string,
      string
    >;
    expect(metadata.issuer).toBe(server.issuer);
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri!), {
      [customFetch]: async (url) => new Response(await get(url)),
    });
    const { payload } = await jwtVerify(token, keys, { issuer: server.issuer, audience: 'api://attune' });
    expect(payload.oid).toBe(api.principalId);
  });

  it('answers 404 to anything else, with what there is', async () => {
    const { server } = await startServer();
    const response = await fetch(`http://127.0.0.1:${server.ports.http}/other`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('/msi/token');
  });
});

describe('certificates', () => {
  it('stay the same while they are valid, are made anew when one is missing, and their key is private', async () => {
    const { files } = await testIdentityStack();
    const folder = files.ca.replace(/\/ca\.pem$/, '');
    const read = () => readFileSync(files.certificate, 'utf8');
    const first = read();
    await ensureCertificates(folder);
    expect(read()).toBe(first);
    rmSync(files.ca);
    await ensureCertificates(folder);
    expect(read()).not.toBe(first);
    const certificate = new X509Certificate(read());
    expect(certificate.checkIssued(new X509Certificate(readFileSync(files.ca)))).toBe(true);
    expect([certificate.checkHost('localhost'), certificate.checkIP('127.0.0.1')]).toEqual(['localhost', '127.0.0.1']);
    for (const secret of [files.key, files.signingKey, files.directory]) expect(statSync(secret).mode & 0o077).toBe(0);
  });
});
