import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lazyCredential } from './credential.ts';

/** The identity endpoint of App Service (api-version 2019-08-01), which remembers what it was asked. */
const asked: URL[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://identity');
    asked.push(url);
    const expires = String(Math.floor(Date.now() / 1000) + 3600);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: `token of ${url.searchParams.get('client_id') ?? 'the system identity'}`,
        expires_on: expires,
        resource: url.searchParams.get('resource'),
        token_type: 'Bearer',
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'secret');
  vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'ManagedIdentityCredential');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
});

describe('lazyCredential', () => {
  it('asks for a token of the user-assigned identity with the client id', async () => {
    const token = await lazyCredential('11111111-2222-3333-4444-555555555555').getToken(
      'https://cosmos.azure.com/.default',
    );
    expect(token?.token).toBe('token of 11111111-2222-3333-4444-555555555555');
    expect(asked.at(-1)?.searchParams.get('resource')).toBe('https://cosmos.azure.com');
  });

  it('falls back to the default credential', async () => {
    const token = await lazyCredential(undefined).getToken('https://eventgrid.azure.net/.default');
    expect(token?.token).toBe('token of the system identity');
  });
});
