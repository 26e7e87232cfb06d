import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaithfulOptions } from '../identity/serviceAccess.ts';
import { hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { TlsFront } from './tlsFront.ts';

await hostService(start);

/** Option `faithful`: files of the certificate. */
async function start({ dataDir, options }: ServiceStart): Promise<Service> {
  const { certificate, key } = options.faithful as FaithfulOptions;
  const front = new TlsFront({
    tls: { cert: readFileSync(certificate), key: readFileSync(key) },
    routesFile: join(dataDir, 'routes.json'),
  });
  await front.start();
  return { ports: {}, methods: { putRoute: front.putRoute.bind(front) }, stop: () => front.stop() };
}
