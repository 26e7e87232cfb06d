import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateProgram, type Registration } from './evaluate.ts';

const project = {
  name: 'testing',
  main: join(import.meta.dirname, 'testing/program'),
  config: { 'testing:group': 'rg' },
};

const register = async ({ name, inputs }: Registration) => ({
  id: `/ids/${name}`,
  outputs: { name: inputs.namespaceName, serviceBusEndpoint: 'sb://here/' },
});

describe('evaluateProgram', () => {
  it('hands over every resource with its inputs resolved and returns the outputs', async () => {
    const seen: Registration[] = [];
    const outputs = await evaluateProgram(project, 'test', async (registration) => {
      seen.push(registration);
      if (registration.name !== 'hub') return register(registration);
      return { id: '/ids/hub', outputs: { name: 'clicks' } };
    });
    expect(outputs).toEqual({ address: 'sb://here/clicks', fixed: 7 });
    expect(seen.map(({ type }) => type).sort()).toEqual([
      'azure-native:eventhub:EventHub',
      'azure-native:eventhub:Namespace',
      'azure-native:storage:Blob',
    ]);
    const inputsOf = (name: string) => seen.find((registration) => registration.name === name)?.inputs;
    expect(inputsOf('hub')).toMatchObject({ resourceGroupName: 'rg', namespaceName: 'ns', eventHubName: 'clicks' });
    expect(inputsOf('package')).toMatchObject({ source: { path: 'dist/app' } });
  });

  it('can evaluate again in the same process', async () => {
    expect((await evaluateProgram(project, 'test', register)).fixed).toBe(7);
  });

  it('fails with the very error of a refused registration', async () => {
    const refusal = new Error('unknown type');
    const refuse = async (registration: Registration) => {
      if (registration.name === 'hub') throw refusal;
      return register(registration);
    };
    await expect(evaluateProgram(project, 'test', refuse)).rejects.toBe(refusal);
  });

  it("keeps name and text of the program's own errors", async () => {
    const config = { ...project.config, 'testing:mistake': 'yes' };
    await expect(evaluateProgram({ ...project, config }, 'test', register)).rejects.toMatchObject({
      name: 'UserError',
      message: 'testing:mistake must not be set.',
    });
  });

  it('names missing config as Pulumi does', async () => {
    await expect(evaluateProgram({ ...project, config: {} }, 'test', register)).rejects.toThrow(
      "Missing required configuration variable 'testing:group'",
    );
  });
});
