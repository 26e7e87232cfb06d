import { fileURLToPath } from 'node:url';
import type { FunctionDescription } from '../functionsHost.ts';
import { startHostProcess, type HostProcess } from './hostProcess.ts';
import { startLocalServices, type LocalServices } from './localServices.ts';
import { startRecorder, type Recorder } from './recorder.ts';

/** Folder of the app with every trigger. */
export const EVERY_TRIGGER_APP = fileURLToPath(new URL('./everyTrigger', import.meta.url));

/** The hub that the app reads. */
export const TEST_HUB = { name: 'test-hub', consumerGroup: 'group' };

/** The app with every trigger in a host process, over services of its own, telling a recorder of its calls. */
export interface EveryTriggerHost {
  services: LocalServices;
  recorder: Recorder;
  /** App settings of the host. */
  settings: Record<string, string>;
  /** The running host; another one after `start`. */
  host: HostProcess;
  /** Starts a host again after it was stopped. */
  start(): Promise<void>;
  describe(functionName: string): Promise<FunctionDescription>;
  end(): Promise<void>;
}

export async function startEveryTriggerHost(): Promise<EveryTriggerHost> {
  const [services, recorder] = await Promise.all([startLocalServices(TEST_HUB), startRecorder()]);
  const { database } = await services.cosmos.databases.create({ id: 'db' });
  await database.containers.create({ id: 'watched', partitionKey: '/id' });
  await database.containers.create({ id: 'leases', partitionKey: '/id' });
  const settings = {
    ...services.settings,
    HUB_NAME: TEST_HUB.name,
    RECORDER_URL: recorder.url,
    'AzureWebJobs.sleeping.Disabled': 'true',
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000',
  };
  const startHost = () => startHostProcess({ appDir: EVERY_TRIGGER_APP, folder: services.folder, settings });
  const every: EveryTriggerHost = {
    services,
    recorder,
    settings,
    host: await startHost(),
    async start() {
      every.host = await startHost();
    },
    async describe(functionName) {
      const found = (await every.host.describe()).find(({ name }) => name === functionName);
      if (!found) throw new Error(`The host has no function ${functionName}.`);
      return found;
    },
    async end() {
      await every.host.process.stop();
      await services.stop();
      await recorder.close();
    },
  };
  return every;
}
