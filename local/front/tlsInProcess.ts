import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';

/** What the environment variable `ATTUNE_TLS` holds, as JSON. */
export interface TlsInProcess {
  /** Port that speaks TLS. */
  port: number;
  /** Port that the app listens on with plain http. */
  target: number;
  /** PEM files. */
  certificate: string;
  key: string;
}

/**
 * Loaded into the process of a web app (`--import`): ends TLS there, in front of the app's own http server, as App
 * Service's front end does. It saves the hop through another process that `TlsFront` is, and the app knows nothing of it.
 */
const settings = process.env.ATTUNE_TLS;
delete process.env.ATTUNE_TLS;
if (settings) serveTls(JSON.parse(settings) as TlsInProcess);

function serveTls({ port, target, certificate, key }: TlsInProcess): void {
  subscribe('tracing:net.server.listen:asyncEnd', (message) => {
    const { server } = message as { server: unknown };
    if (!(server instanceof HttpServer) || (server.address() as AddressInfo).port !== target) return;
    const tls = createServer({ cert: readFileSync(certificate), key: readFileSync(key), noDelay: true });
    // An http server takes connections of any kind by this event.
    tls.on('secureConnection', (socket) => server.emit('connection', socket));
    tls.listen(port, '127.0.0.1');
    server.once('close', () => tls.close());
  });
}
