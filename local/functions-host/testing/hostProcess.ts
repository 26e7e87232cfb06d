import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServiceProcess } from '../../process/serviceProcess.ts';
import type { FunctionDescription } from '../functionsHost.ts';

/** A host process as `npm start` runs one. */
export interface HostProcess {
  url: string;
  process: ServiceProcess;
  describe(): Promise<FunctionDescription[]>;
}

/** Starts the host of an app; `folder` takes its data and log. */
export async function startHostProcess({
  appDir,
  folder,
  settings,
}: {
  appDir: string;
  folder: string;
  settings: Record<string, string>;
}): Promise<HostProcess> {
  const service = new ServiceProcess({
    name: 'functions',
    entry: fileURLToPath(new URL('../main.ts', import.meta.url)),
    dataDir: join(folder, 'host'),
    logDir: folder,
    options: { appDir },
    env: { PATH: process.env.PATH, ...settings },
  });
  await service.start();
  return {
    process: service,
    url: `http://127.0.0.1:${service.ports.http}`,
    describe: () => service.call<FunctionDescription[]>('describe'),
  };
}
