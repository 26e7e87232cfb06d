import { hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { WorkflowRunner } from './runner.ts';

/** Options: `projectDir` (Logic Apps Standard project) and `port`. App settings are the environment. */
async function start({ dataDir, ports, options }: ServiceStart): Promise<Service> {
  const runner = new WorkflowRunner({
    projectDir: String(options.projectDir),
    dataDir,
    settings: process.env,
    port: ports?.http ?? (typeof options.port === 'number' ? options.port : 0),
  });
  for (const fault of runner.faults) console.error(fault);
  await runner.start();
  return {
    ports: { http: runner.port },
    methods: {
      describe: () => runner.describe(),
      runs: (params: never) => runner.runs(params),
      trigger: (params: never) => runner.trigger(params),
    },
    stop: () => runner.stop(),
  };
}

await hostService(start);
