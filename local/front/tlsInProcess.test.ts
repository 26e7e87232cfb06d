import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../cloud/ports.ts';
import { testIdentityStack } from '../identity/testing/identityStack.ts';

const APP = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => response.end('app ' + request.url + ' ' + process.env.ATTUNE_TLS));
  server.listen(Number(process.env.PORT), '127.0.0.1');
  process.once('SIGTERM', () => { server.close(); server.closeIdleConnections(); });
`;

it('serves the app over https beside its own port, hides its settings, and ends with the app', async () => {
  const { files } = await testIdentityStack();
  const [target, port] = [await freePort(), await freePort()];
  const { certificate, key } = files;
  const preload = new URL('tlsInProcess.ts', import.meta.url).href;
  const app = spawn(process.execPath, ['--import', preload, '--input-type=module', '-e', APP], {
    env: { PORT: String(target), ATTUNE_TLS: JSON.stringify({ port, target, certificate, key }) },
    stdio: 'inherit',
  });
  onTestFinished(() => void app.kill('SIGKILL'));
  const get = (path: string) =>
    new Promise<string>((resolve, reject) => {
      request({ host: 'localhost', port, path, ca: readFileSync(files.ca) }, (response) => resolve(text(response)))
        .on('error', reject)
        .end();
    });

  await vi.waitFor(async () => expect(await get('/secure')).toBe('app /secure undefined'), { timeout: 10_000 });
  expect(await (await fetch(`http://127.0.0.1:${target}/plain`)).text()).toBe('app /plain undefined');
  const ended = once(app, 'exit');
  app.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
