import { createHash } from 'node:crypto';
import { ControlError, hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { startFunctionsHost } from './functionsHost.ts';
import { HostError } from './hostError.ts';

/** Starts the host of the app in `options.appDir`; the app settings are the environment. */
async function start({ dataDir, ports, options }: ServiceStart): Promise<Service> {
  const { appDir } = options as { appDir?: unknown };
  if (typeof appDir !== 'string')
    throw new HostError('The option appDir (folder of the built function app) is missing.');
  // What this process is told as a service is none of the app's business.
  const settings = { ...process.env };
  delete settings.ATTUNE_SERVICE;
  const host = await startFunctionsHost({
    appDir,
    settings,
    port: ports?.http ?? 0,
    // One host runs on a data folder, so the folder is its name, also after a crash.
    instanceId: createHash('sha256').update(dataDir).digest('hex').slice(0, 16),
    onFatal: () => process.exit(1),
  });
  return {
    ports: { http: host.port },
    methods: {
      describe: () => host.describe(),
      drain: () => host.drain(),
      invoke: (params: { function?: unknown }) => invoke(host.invoke, params),
    },
    stop: () => host.stop(),
  };
}

async function invoke(run: (name: string) => Promise<void>, params: { function?: unknown } | null): Promise<void> {
  if (typeof params?.function !== 'string') throw new ControlError('invoke needs {"function": "<name>"}');
  await run(params.function);
}

await hostService(start);
