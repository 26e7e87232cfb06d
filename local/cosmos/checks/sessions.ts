import { ConsistencyLevel, CosmosClient } from '@azure/cosmos';
import { expect } from 'vitest';
import type { Check } from './check.ts';

const KEY = { 'x-ms-documentdb-partitionkey': '["a"]' };

export const sessionChecks: Check[] = [
  {
    id: 'session-token-echoed',
    name: 'a client with session consistency sends back the session token it got',
    async run(stage) {
      const { id } = await stage.container();
      const client = new CosmosClient({
        endpoint: stage.service.endpoint,
        key: stage.key,
        consistencyLevel: ConsistencyLevel.Session,
      });
      const container = client.database('checks').container(id);
      const { headers } = await container.items.create({ id: '1', pk: 'a' });
      const [request] = await stage.requestsDuring(() => container.item('1', 'a').read());
      client.dispose();
      expect(headers['x-ms-session-token']).toMatch(/^0:-1#\d+$/);
      expect(request?.headers['x-ms-session-token']).toBe(headers['x-ms-session-token']);
    },
  },
  {
    id: 'session-token-ahead-404-1002',
    name: 'a session that has seen more than there is gets 404 with substatus 1002',
    async run(stage) {
      const container = await stage.container();
      const { headers } = await container.items.create({ id: '1', pk: 'a' });
      const present = String(headers['x-ms-session-token']);
      const ahead = present.replace(/\d+$/, (lsn) => String(Number(lsn) + 1));
      const path = `${container.url}/docs/1`;
      expect((await stage.raw('GET', path, { ...KEY, 'x-ms-session-token': present })).status).toBe(200);
      const refused = await stage.raw('GET', path, { ...KEY, 'x-ms-session-token': ahead });
      expect([refused.status, refused.headers.get('x-ms-substatus')]).toEqual([404, '1002']);
      const query = { ...KEY, 'x-ms-session-token': ahead, 'content-type': 'application/query+json' };
      const queried = await stage.raw('POST', `${container.url}/docs`, query, '{"query":"SELECT * FROM c"}');
      expect([queried.status, queried.headers.get('x-ms-substatus')]).toEqual([404, '1002']);
    },
  },
  {
    id: 'consistency-stronger-refused',
    name: 'a request may ask for a weaker consistency than the account has, not for a stronger one',
    async run(stage) {
      const container = await stage.container();
      await container.items.create({ id: '1', pk: 'a' });
      const read = (level: string) =>
        stage.raw('GET', `${container.url}/docs/1`, { ...KEY, 'x-ms-consistency-level': level });
      expect((await read('Eventual')).status).toBe(200);
      expect((await read('Strong')).status).toBe(400);
      expect((await read('Sometimes')).status).toBe(400);
    },
  },
];
