import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isFree } from '../cloud/ports.ts';

const LOOPBACK = ['127.0.0.1', 'localhost'];

/**
 * Stands in for the marketing system that the workflow `on-recommendation-issued` calls, so that a first run shows the
 * call: writes each body as a line to `logs/marketing.jsonl`. Only for a webhook on the loopback interface whose port is
 * free; whoever listens there already gets the calls. Returns the function that stops it.
 */
export async function receiveMarketingCalls(
  webhook: string | undefined,
  dataDir: string,
): Promise<() => Promise<void>> {
  const url = webhook ? new URL(webhook) : undefined;
  if (!url || !LOOPBACK.includes(url.hostname) || !(await isFree(Number(url.port)))) return async () => undefined;

  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const log = createWriteStream(join(dataDir, 'logs', 'marketing.jsonl'), { flags: 'a' });
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
