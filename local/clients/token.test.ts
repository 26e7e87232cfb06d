import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'token.ts');
const AUDIENCE = 'api://attune';

/** Runs the script of `npm run -s token` on a data folder with these endpoints. */
async function runToken(endpoints?: object): Promise<{ stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  if (endpoints) writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(endpoints));
  const run = promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    SCRIPT,
    '--data',
    folder,
  ]);
  return run.catch((error: { stdout: string; stderr: string }) => error);
}

/** An identity endpoint that gives a token to whom it knows. */
async function identityEndpoint(): Promise<{ endpoint: string; header: string }> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://identity');
    const isKnown = request.headers['x-identity-header'] === 'secret' && searchParams.get('resource') === AUDIENCE;
    const expires_on = String(Math.floor(Date.now() / 1_000) + 3_600);
    response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ access_token: 'the-token', expires_on }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`, header: 'secret' };
}

describe('npm run -s token', () => {
  it('prints a token of the operator for the API and nothing else', async () => {
    const endpoints = {
      api: { url: 'https://localhost:8080', audience: AUDIENCE },
      identity: await identityEndpoint(),
    };
    expect(await runToken(endpoints)).toEqual({ stdout: 'the-token\n', stderr: '' });
  });

  it.each([
    ['without a stack', undefined, 'cannot be read: start a stack, or name its folder with --data DIR.'],
    ['in profile fast', { api: { url: 'http://127.0.0.1:8080', key: 'k' } }, 'runs in profile fast'],
    [
      'when the stack has stopped',
      { api: { audience: AUDIENCE }, identity: { endpoint: 'http://127.0.0.1:9/msi/token', header: 'x' } },
      'No stack runs on',
    ],
  ])('says in one line why there is none %s', async (_, endpoints, reason) => {
    const { stdout, stderr } = await runToken(endpoints);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(reason)]);
  });
});
