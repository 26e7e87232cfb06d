import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SETTINGS } from '../../runtime/contracts/settings.ts';
import type { LocalCloud } from '../cloud/localCloud.ts';
import type { Holder } from '../cloud/localIdentity.ts';
import { webAppProcess } from '../cloud/webApp.ts';
import { appEnvironment, assignedIdentities, declaredSettings, packageFolder, packageFolderIn } from './appSettings.ts';
import { armId, part, text, type Declared, type Deployment, type Inputs, type ResourceHandler } from './handler.ts';

const PROVIDER = 'Microsoft.Web';

/** The kinds of site that the program declares, with the port that clients expect of each here. */
const KINDS = {
  api: { port: 8080 },
  functions: { port: 7071 },
  workflows: { port: 7072 },
} as const;
type SiteKind = keyof typeof KINDS;

const FRONT = 'front';
/** Audience of tokens for the API in profile `faithful`. */
export const API_AUDIENCE = 'api://attune';

/** Site and slot alike: `kind` holds comma-separated words, `workflowapp` and `functionapp` among them. */
function siteKind(inputs: Inputs): SiteKind {
  const words = text(inputs, 'kind').split(',');
  if (words.includes('workflowapp')) return 'workflows';
  return words.includes('functionapp') ? 'functions' : 'api';
}

export const siteHandlers: ResourceHandler[] = [
  {
    type: 'azure-native:web:AppServicePlan',
    declare: (inputs) => ({
      id: armId(inputs, PROVIDER, 'serverfarms', text(inputs, 'name')),
      outputs: { name: inputs.name },
    }),
  },
  {
    type: 'azure-native:web:WebApp',
    stage: 'app',
    async declare(inputs, { cloud }) {
      const name = text(inputs, 'name');
      const kind = siteKind(inputs);
      const port = await cloud.port(kind, KINDS[kind].port);
      cloud.identity?.addHolder(holderOf(name, inputs));
      // In profile faithful TLS ends in front of the site, as on App Service.
      const targetPort = cloud.identity ? await cloud.port(`${kind}.http`) : port;
      if (cloud.identity && !cloud.hasService(FRONT)) {
        await cloud.startService(FRONT, {
          entry: new URL('../front/main.ts', import.meta.url),
          ports: {},
          options: {},
        });
      }
      return {
        id: armId(inputs, PROVIDER, 'sites', name),
        outputs: {
          name,
          defaultHostName: `${name}.azurewebsites.net`,
          localKind: kind,
          localPort: targetPort,
          publicPort: port,
          localUrl: cloud.identity ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
        },
      };
    },
    async apply(site, deployment) {
      const { name, localKind, localPort, publicPort } = site.outputs;
      const { cloud } = deployment;
      if (cloud.identity && localKind !== 'api') {
        await cloud.control(FRONT, 'putRoute', { port: publicPort, target: localPort });
      }
      const environment = {
        ...appEnvironment(declaredSettings(site.inputs), deployment),
        ...cloud.identity?.environmentOf(holderOf(String(name), site.inputs)),
      };
      await startSite[localKind as SiteKind](site, environment, deployment);
    },
  },
  {
    // A slot is a second copy for swapping; one machine runs the production slot alone.
    type: 'azure-native:web:WebAppSlot',
    declare(inputs) {
      const name = text(inputs, 'name');
      const slot = text(inputs, 'slot');
      return {
        id: armId(inputs, PROVIDER, 'sites', name, 'slots', slot),
        outputs: { name: `${name}/${slot}`, defaultHostName: `${name}-${slot}.azurewebsites.net` },
      };
    },
  },
];

/** A site may ask for tokens of the identities that the program gave it. */
function holderOf(name: string, inputs: Inputs): Holder {
  return { name, identities: assignedIdentities(inputs) };
}

/** What the workflow runner says of its project; `error` where it refuses a workflow. */
interface DescribedWorkflows {
  workflows: { name: string; error?: string }[];
}

type StartSite = (site: Declared, environment: NodeJS.ProcessEnv, deployment: Deployment) => Promise<void>;

const startSite: Record<SiteKind, StartSite> = {
  async api({ inputs, outputs }, environment, deployment) {
    const { cloud } = deployment;
    const port = Number(outputs.localPort);
    const app = webAppProcess({
      name: 'api',
      main: join(runFromPackage(inputs, deployment), 'main.mjs'),
      port,
      healthCheckPath: String(part(inputs, 'siteConfig').healthCheckPath ?? '/'),
      environment: {
        ...environment,
        [SETTINGS.host]: '127.0.0.1',
        PORT: String(port),
        ...callerSettings(cloud),
      },
      logDir: cloud.logDir,
      // In the app's own process: a hop through the front would double the time of a fast answer.
      tls: cloud.identity && { ...cloud.identity.tls, port: Number(outputs.publicPort) },
      onEvent: cloud.options.onEvent,
    });
    await cloud.startApp(app);
  },

  async functions({ inputs, outputs }, environment, deployment) {
    const storage = part(part(part(inputs, 'functionAppConfig'), 'deployment'), 'storage');
    await deployment.cloud.startServiceAt('functions', Number(outputs.localPort), {
      entry: new URL('../functions-host/main.ts', import.meta.url),
      options: { appDir: packageFolderIn(text(storage, 'value'), deployment) },
      env: environment,
      // Profiles in its cache and the training data; a Flex instance of 2 GB leaves Node about this much.
      heapMegabytes: 768,
    });
  },

  async workflows({ inputs, outputs }, environment, deployment) {
    const { cloud } = deployment;
    await cloud.startServiceAt('workflows', Number(outputs.localPort), {
      entry: new URL('../workflow-runner/main.ts', import.meta.url),
      options: { projectDir: runFromPackage(inputs, deployment) },
      env: environment,
    });
    const { workflows } = await cloud.control<DescribedWorkflows>('workflows', 'describe', {});
    for (const { name, error } of workflows)
      if (error !== undefined) cloud.options.onEvent?.(`The workflow ${name} is refused and does not run: ${error}`);
  },
};

/** Who may call the API here: in profile `faithful` whoever has a token of the local issuer, as on Azure. */
function callerSettings({ identity, state }: LocalCloud): Record<string, string> {
  if (identity) return { [SETTINGS.tokenIssuer]: identity.issuer, [SETTINGS.tokenAudience]: API_AUDIENCE };
  const digest = createHash('sha256').update(state.key('api')).digest('hex');
  return { [SETTINGS.apiKeyDigests]: digest, [SETTINGS.allowLoopback]: 'true' };
}

function runFromPackage(inputs: Inputs, deployment: Deployment): string {
  const url = declaredSettings(inputs).WEBSITE_RUN_FROM_PACKAGE;
  if (!url) throw new Error('app setting WEBSITE_RUN_FROM_PACKAGE must name the deployment package');
  return packageFolder(url, deployment);
}
