import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ControlError, hostService } from '../serviceHost.ts';

/**
 * A service for tests: remembers its start, refuses on demand, and writes its option `name` to the file `journal` when it
 * stops.
 */
await hostService(async ({ ports, options }) => {
  const server = createServer((_, response) => response.end(String(process.pid)));
  await new Promise<void>((resolve) => server.listen(ports?.http ?? 0, '127.0.0.1', resolve));
  console.log('a line that is no ready line');
  return {
    ports: { http: (server.address() as AddressInfo).port },
    methods: {
      options: () => options,
      refuse: () => {
        throw new ControlError('this cannot be had');
      },
      fail: () => {
        throw new Error('a fault');
      },
      pid: () => process.pid,
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.journal) appendFileSync(String(options.journal), `${String(options.name)}\n`);
    },
  };
});
