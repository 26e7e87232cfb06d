import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testIdentityStack } from '../identity/testing/identityStack.ts';
import { TlsFront } from './tlsFront.ts';

/** A site that says its name and how much it was sent. */
async function startSite(name: string): Promise<number> {
  const site = createServer((incoming, response) => {
    void text(incoming).then((body) => response.end(`${name} ${incoming.url} ${body.length}`));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    site.closeAllConnections();
    site.close();
  });
  return (site.address() as AddressInfo).port;
}

async function setUp() {
  const { files } = await testIdentityStack();
  const options = {
    tls: { cert: readFileSync(files.certificate), key: readFileSync(files.key) },
    routesFile: join(files.ca, '..', 'routes.json'),
  };
  const start = async () => {
    const front = new TlsFront(options);
    await front.start();
    onTestFinished(() => front.stop());
    return front;
  };
  const agent = new Agent({ ca: readFileSync(files.ca), keepAlive: true });
  onTestFinished(() => agent.destroy());
  /** On the kept connection of that port. */
  const send = (port: number, path: string, body = '') =>
    new Promise<string>((resolve, reject) => {
      request({ agent, host: 'localhost', port, path, method: 'POST' }, (response) => resolve(text(response)))
        .on('error', reject)
        .end(body);
    });
  return { start, send, disconnect: () => agent.destroy() };
}

describe('TlsFront', () => {
  it('ends TLS for several sites, large bodies and many requests on one connection included', async () => {
    const { start, send } = await setUp();
    const front = await start();
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (name) => (await front.putRoute({ port: 0, target: await startSite(name) })).port),
    );
    expect(await send(a!, '/1')).toBe('a /1 0');
    expect(await send(b!, '/2', 'x'.repeat(3_000_000))).toBe('b /2 3000000');
    for (let count = 0; count < 20; count += 1) expect(await send(a!, `/${count}`)).toBe(`a /${count} 0`);
  });

  it('keeps its routes over a restart and takes a new target for a port', async () => {
    const { start, send, disconnect } = await setUp();
    const first = await start();
    const { port } = await first.putRoute({ port: 0, target: await startSite('old') });
    await first.stop();
    const second = await start();
    expect(await send(port, '/')).toBe('old / 0');
    await second.putRoute({ port, target: await startSite('new') });
    disconnect();
    expect(await send(port, '/again')).toBe('new /again 0');
  });

  it('closes a connection whose site is away, and goes on serving others', async () => {
    const { start, send } = await setUp();
    const front = await start();
    const away = await front.putRoute({ port: 0, target: 1 });
    await expect(send(away.port, '/')).rejects.toThrow();
    const { port } = await front.putRoute({ port: 0, target: await startSite('here') });
    expect(await send(port, '/')).toBe('here / 0');
  });
});
