import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LocalCloud } from '../cloud/localCloud.ts';
import { isFree } from '../cloud/ports.ts';

const LOOPBACK = ['127.0.0.1', 'localhost'];

/**
 * Stands in for the marketing system that the workflow `on-recommendation-issued` calls, so that a first run shows the
 * call: writes each body as a line to `logs/marketing.jsonl`. Only for a webhook on the loopback interface; a program of
 * the user's that listens there gets the calls itself. When the port is another stack's, this stack's apps are given
 * another address. Returns the function that stops it.
 */
export async function receiveMarketingCalls(
  webhook: string | undefined,
  cloud: LocalCloud,
): Promise<() => Promise<void>> {
  const url = webhook ? new URL(webhook) : undefined;
  if (!webhook || !url || !LOOPBACK.includes(url.hostname)) return async () => undefined;
  const isOthers = !cloud.reservePort(Number(url.port));
  if (isOthers) url.port = String(await cloud.port('marketing'));
  else if (!(await isFree(Number(url.port)))) return async () => undefined;
  cloud.redirect(webhook, url.href);

  mkdirSync(cloud.logDir, { recursive: true });
  const log = createWriteStream(join(cloud.logDir, 'marketing.jsonl'), { flags: 'a' });
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const known = request.method === 'POST' && request.url === url.pathname;
      if (known) log.write(`${body.replaceAll('\n', ' ')}\n`);
      response.writeHead(known ? 204 : 404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(Number(url.port), '127.0.0.1', resolve));
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => log.end(resolve));
  };
}
