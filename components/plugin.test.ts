import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Schema {
  name: string;
  version: string;
  resources: Record<string, { inputProperties: Record<string, { description?: string }>; requiredInputs: string[] }>;
}

/** What the engine's side of a plugin needs of Pulumi and of the gRPC that it brings along. */
interface ProviderClient {
  getSchema(request: object, callback: (error: Error | null, answer: { getSchema(): string }) => void): void;
  close(): void;
}
interface Grpc {
  credentials: { createInsecure(): object };
}

const require = createRequire(import.meta.url);
const requireOfPulumi = createRequire(require.resolve('@pulumi/pulumi'));
const { credentials } = requireOfPulumi('@grpc/grpc-js') as Grpc;
const { ResourceProviderClient } = require('@pulumi/pulumi/proto/provider_grpc_pb.js') as {
  ResourceProviderClient: new (address: string, credentials: object, options: object) => ProviderClient;
};
const { GetSchemaRequest } = require('@pulumi/pulumi/proto/provider_pb.js') as { GetSchemaRequest: new () => object };

const COMPONENTS = [
  'EventIngress',
  'InsightWorkflows',
  'ModelRegistry',
  'Observability',
  'PackageStore',
  'PersonalizationStack',
  'ProfileStore',
  'ScoringApi',
  'StreamProcessor',
];

let plugin: ChildProcess;
let schema: Schema;

/** Runs the package as Pulumi's language host does, and asks it for its schema as `pulumi package add` does. */
beforeAll(async () => {
  const engine = '127.0.0.1:1';
  const host = require.resolve('@pulumi/pulumi/cmd/run-plugin');
  plugin = spawn(process.execPath, [host, import.meta.dirname, engine], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await firstLine(plugin);
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {});
  schema = await new Promise<Schema>((resolve, reject) => {
    client.getSchema(new GetSchemaRequest(), (error, answer) => {
      if (error) reject(error);
      else resolve(JSON.parse(answer.getSchema()) as Schema);
    });
  });
  client.close();
}, 120_000);

afterAll(() => {
  plugin.kill();
});

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the plugin ended without a port');
}

describe('the component package', () => {
  it('offers every component to every Pulumi language', () => {
    expect(schema).toMatchObject({ name: 'attune-components', version: '0.1.0' });
    expect(Object.keys(schema.resources).sort()).toEqual(COMPONENTS.map((name) => `attune-components:index:${name}`));
  });

  it('describes each argument', () => {
    const undescribed = Object.entries(schema.resources).flatMap(([component, { inputProperties }]) =>
      Object.entries(inputProperties)
        .filter(([, { description }]) => !description)
        .map(([input]) => `${component} ${input}`),
    );
    expect(undescribed).toEqual([]);
  });

  it('asks for no more than a stack needs', () => {
    expect(schema.resources['attune-components:index:PersonalizationStack']?.requiredInputs).toEqual([
      'costCenter',
      'environment',
      'location',
      'owner',
      'packages',
      'tenant',
      'tier',
    ]);
  });
});
