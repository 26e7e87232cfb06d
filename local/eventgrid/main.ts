import { AUDIENCES } from '../identity/accessTokens.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { hostService, type Service, type ServiceStart } from '../process/serviceHost.ts';
import { parseDisorder } from './delivery/disorder.ts';
import { EventGridService } from './service.ts';

/**
 * Options: `faithful`; `timeScale` (factor on retry waits and times to live; 1 is Azure's time). The environment variable
 * ATTUNE_EVENT_GRID_DUPLICATES (`SHARE` or `SHARE:SEED`) makes some events come twice and some late.
 */
async function start({ dataDir, ports, options }: ServiceStart): Promise<Service> {
  const access = openServiceAccess(options, AUDIENCES.eventGrid);
  const service = new EventGridService({
    dataDir,
    port: ports?.http ?? 0,
    access,
    ...(typeof options.timeScale === 'number' && { timeScale: options.timeScale }),
    duplicates: parseDisorder(process.env.ATTUNE_EVENT_GRID_DUPLICATES),
  });
  await service.start();
  return {
    ports: { http: service.port },
    methods: {
      putTopic: (params: never) => service.putTopic(params),
      putSubscription: (params: never) => service.putSubscription(params),
      deleteSubscription: (params: never) => service.deleteSubscription(params),
      deleteTopic: (params: never) => service.deleteTopic(params),
      setDuplicates: (params: never) => service.setDuplicates(params ?? undefined),
      describe: () => service.describe(),
      reloadAccess: () => access?.control.reload(),
      takeDenials: () => access?.control.takeDenials(),
    },
    stop: () => service.stop(),
  };
}

await hostService(start);
