import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackages } from '../../scripts/build/packages.ts';
import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';
import { LocalCloud } from '../cloud/localCloud.ts';
import { StackClients } from '../clients/stackClients.ts';
import { isFree } from '../cloud/ports.ts';
import { evaluateProgram } from '../pulumi/evaluate.ts';
import { readProjectFiles, UsageError } from '../pulumi/projectFiles.ts';
import type { Deployment } from '../resources/handler.ts';
import { applyResources, declareResource } from '../resources/index.ts';
import { localEndpoints } from './endpoints.ts';
import { addOperator } from './operator.ts';
import type { Profile } from './options.ts';
import type { Steps } from './steps.ts';
import { receiveMarketingCalls } from './webhookReceiver.ts';

const STACK = 'local';
/** Apart from those for Azure, which carry native libraries for its machines; `Pulumi.local.yaml` names it as well. */
const LOCAL_PACKAGES = 'dist/local';

export interface RunningStack {
  cloud: LocalCloud;
  clients: StackClients;
  stop(): Promise<void>;
}

export interface BringUpOptions {
  projectDir: string;
  dataDir: string;
  profile: Profile;
  throttling?: boolean;
  apiPort?: number;
  /** See `LocalCloudOptions`. */
  timeScale?: number;
  steps: Steps;
  onEvent(event: string): void;
}

/**
 * Evaluates the program for stack `local`, makes every resource that it declares real on this machine and writes
 * `endpoints.json`. On failure everything that was started is stopped again.
 */
export async function bringUp(options: BringUpOptions): Promise<RunningStack> {
  const { projectDir, dataDir, profile, throttling, apiPort, timeScale, steps, onEvent } = options;
  if (apiPort !== undefined && !(await isFree(apiPort))) {
    throw new UsageError(`Port ${apiPort} (--port) is in use. Stop what listens there or choose another port.`);
  }
  const fixedPorts = apiPort === undefined ? undefined : { api: apiPort };
  const cloud = new LocalCloud({ dataDir, projectDir, fixedPorts, throttling, timeScale, onEvent });
  const deployment: Deployment = { cloud, resources: new Map() };
  let stopReceiver = async () => {};
  const stop = async () => {
    await cloud.stop();
    await stopReceiver();
  };
  try {
    const project = readProjectFiles(projectDir, STACK);
    await steps.run('build', () => buildPackages({ native: false, outDir: join(projectDir, LOCAL_PACKAGES) }));
    if (profile === 'faithful') await steps.run('identity', () => cloud.startIdentity());
    await steps.run('evaluate', () => {
      return evaluateProgram(project, STACK, (resource) => declareResource(resource, deployment));
    });
    stopReceiver = await receiveMarketingCalls(project.config[MARKETING_WEBHOOK], cloud);
    const operator = cloud.identity && addOperator(cloud.identity, deployment);
    await cloud.identity?.publish();
    await applyResources(deployment, (stage, seconds) => steps.add(STAGE_NAMES[stage], seconds));
    const endpoints = localEndpoints(deployment, operator);
    writeEndpoints(dataDir, endpoints);
    return { cloud, clients: new StackClients(endpoints), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const MARKETING_WEBHOOK = 'attune:marketingWebhookUrl';
const STAGE_NAMES: Record<string, string> = { service: 'stores', app: 'apps', route: 'subscriptions' };

function writeEndpoints(dataDir: string, endpoints: LocalEndpoints): void {
  const file = join(dataDir, 'endpoints.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
