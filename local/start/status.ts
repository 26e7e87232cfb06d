import type { LocalEndpoints } from '../../runtime/contracts/endpoints.ts';

/** What runs where, what to try, how long it took. */
export function statusText(endpoints: LocalEndpoints, dataDir: string, user: string, times: string): string {
  const { api, eventHubs, cosmos, eventGrid, storage, functions, workflows } = endpoints;
  const rows = [
    ['API', api.url],
    ['Event Hubs', `amqp://${eventHubs.host}:${eventHubs.port}`],
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
    `  curl ${api.url}/v1/users/${user}/recommendations`,
    '',
    `Times: ${times}`,
    'Ctrl-C stops everything; the data stays.',
    '',
    '',
  ].join('\n');
}
