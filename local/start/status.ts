import { resolve } from 'node:path';
import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';

/** What runs where, what to try, how long it took. */
export function statusText(endpoints: LocalEndpoints, dataDir: string, user: string, times: string): string {
  const { api, eventHubs, cosmos, eventGrid, storage, functions, workflows, ca } = endpoints;
  const rows = [
    ['API', api.url],
    ['Event Hubs', `${ca ? 'amqps' : 'amqp'}://${eventHubs.host}:${eventHubs.port}`],
    ['Cosmos DB', cosmos.endpoint],
    ['Event Grid', eventGrid.endpoint],
    ['Blob storage', storage.blobEndpoint],
    ['Functions', functions.url],
    ['Workflows', workflows.url],
    ['Data and logs', dataDir],
  ];
  return [
    '',
    'Attune is running.',
    '',
    ...rows.map(([name, where]) => `  ${name.padEnd(14)} ${where}`),
    '',
    'Try',
    `  ${firstCall(endpoints, dataDir)} ${api.url}/v1/users/${user}/recommendations`,
    '',
    `Times: ${times}`,
    'Ctrl-C stops everything; the data stays.',
    '',
    '',
  ].join('\n');
}

/** In profile `faithful` a caller trusts the local authority and shows a token. */
function firstCall({ ca }: LocalEndpoints, dataDir: string): string {
  if (!ca) return 'curl';
  const folder = dataDir === resolve('.attune') ? '' : ` -- --data ${dataDir}`;
  return `curl --cacert ${ca} -H "authorization: Bearer $(npm run -s token${folder})"`;
}
