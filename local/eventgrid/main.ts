import { AUDIENCES } from '../identity/accessTokens.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { EventGridService } from './service.ts';

/** Options: `faithful`; `timeScale` (factor on retry waits and times to live; 1 is Azure's time). */
async function start({ dataDir, ports, options }: ServiceStart): Promise<Service> {
  const access = openServiceAccess(options, AUDIENCES.eventGrid);
  const service = new EventGridService({
    dataDir,
    port: ports?.http ?? 0,
    access,
    ...(typeof options.timeScale === 'number' && { timeScale: options.timeScale }),
  });
  await service.start();
  return {
    ports: { http: service.port },
    methods: {
      putTopic: (params: never) => service.putTopic(params),
      putSubscription: (params: never) => service.putSubscription(params),
      deleteSubscription: (params: never) => service.deleteSubscription(params),
      deleteTopic: (params: never) => service.deleteTopic(params),
      describe: () => service.describe(),
      reloadAccess: () => access?.control.reload(),
      takeDenials: () => access?.control.takeDenials(),
    },
    stop: () => service.stop(),
  };
}

await hostService(start);
