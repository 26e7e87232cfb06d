import { readFileSync } from 'node:fs';
import { hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import type { IdentityFiles } from './files.ts';
import { IdentityServer } from './server.ts';

/** As long as Entra's tokens for managed identities live. */
const TOKEN_LIFETIME_SECONDS = 24 * 3_600;

await hostService(start);

/** Option `files`: `IdentityFiles`. */
async function start({ options, ports }: ServiceStart): Promise<Service> {
  const files = options.files as IdentityFiles;
  const server = new IdentityServer({
    signingKeyFile: files.signingKey,
    directoryFile: files.directory,
    tls: { cert: readFileSync(files.certificate), key: readFileSync(files.key) },
    ports: { http: ports?.http ?? 0, https: ports?.https ?? 0 },
    tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS,
  });
  await server.start();
  return { ports: server.ports, methods: { reloadAccess: () => server.reload() }, stop: () => server.stop() };
}
