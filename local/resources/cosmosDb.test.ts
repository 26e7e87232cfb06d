import { describe, expect, it } from 'vitest';
import type { LocalCloud, ServiceDefinition } from '../cloud/localCloud.ts';
import type { Deployment, Inputs } from './handler.ts';
import { applyResources, declareResource } from './index.ts';

/** A cloud that starts nothing and remembers what it was asked for. */
function deployment({ throttling }: { throttling?: boolean } = {}) {
  const calls: { method: string; params: Inputs }[] = [];
  const services: ServiceDefinition[] = [];
  const cloud = {
    options: { projectDir: '/project', dataDir: '/data', throttling },
    state: { key: (name: string) => `key of ${name}` },
    async startService(_name: string, definition: ServiceDefinition) {
      services.push(definition);
      return definition.ports;
    },
    control: async (_service: string, method: string, params: Inputs) => void calls.push({ method, params }),
  };
  const to: Deployment = { cloud: cloud as unknown as LocalCloud, resources: new Map() };
  const declare = (type: string, inputs: Inputs) =>
    declareResource(
      {
        type: `azure-native:cosmosdb:${type}`,
        name: 'it',
        inputs: { resourceGroupName: 'rg', accountName: 'account', ...inputs },
      },
      to,
    );
  return { declare, services, calls, apply: () => applyResources(to, () => undefined) };
}

describe('a declared account', () => {
  it.each([
    [{}, { serverless: false, throttling: false, consistency: undefined }],
    [{ capabilities: [{ name: 'EnableServerless' }] }, { serverless: true }],
    [{ consistencyPolicy: { defaultConsistencyLevel: 'Strong' } }, { consistency: 'Strong' }],
  ])('with %j runs with %j', async (inputs, options) => {
    const { declare, services } = deployment();
    await declare('DatabaseAccount', inputs);
    expect(services[0]?.options).toMatchObject(options);
  });

  it('throttles where the cloud does', async () => {
    const { declare, services } = deployment({ throttling: true });
    await declare('DatabaseAccount', {});
    expect(services[0]?.options.throttling).toBe(true);
  });
});

describe('a declared container', () => {
  const container = { databaseName: 'db', containerName: 'items' };
  const resource = { id: 'items', partitionKey: { paths: ['/pk'] }, defaultTtl: -1, computedProperties: [] };

  it('is made with all that the program says of it, its throughput included', async () => {
    const { declare, calls, apply } = deployment();
    const options = { autoscaleSettings: { maxThroughput: 4000 } };
    await declare('SqlResourceSqlContainer', { ...container, resource, options });
    await apply();
    expect(calls).toEqual([
      { method: 'putDatabase', params: { id: 'db', options: undefined } },
      { method: 'putContainer', params: { ...resource, database: 'db', id: 'items', options } },
    ]);
  });

  it('finds the throughput that its database shares, in whatever order both are declared', async () => {
    const { declare, calls, apply } = deployment();
    await declare('SqlResourceSqlContainer', { ...container, resource });
    await declare('SqlResourceSqlDatabase', {
      databaseName: 'db',
      resource: { id: 'db' },
      options: { throughput: 500 },
    });
    await apply();
    const databases = calls.filter(({ method }) => method === 'putDatabase');
    expect(databases.map(({ params }) => params)).toEqual(Array(2).fill({ id: 'db', options: { throughput: 500 } }));
  });
});
