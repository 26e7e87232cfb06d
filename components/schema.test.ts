import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import * as components from './index.ts';

interface Schema {
  resources: Record<string, { inputProperties: Record<string, { description?: string }>; requiredInputs?: string[] }>;
}

/** The parts of Pulumi's schema inference that `pulumi package add` runs for a component package. */
interface Inference {
  Analyzer: new (
    dir: string,
    name: string,
    manifest: object,
    components: Set<string>,
  ) => {
    analyze(): { components: object; typeDefinitions: object; dependencies: object[] };
  };
  generateSchema(
    name: string,
    version: string,
    description: string,
    components: object,
    types: object,
    dependencies: object[],
  ): Schema;
}

const require = createRequire(import.meta.url);
const experimental = '@pulumi/pulumi/provider/experimental';
const { Analyzer } = require(`${experimental}/analyzer.js`) as Inference;
const { generateSchema } = require(`${experimental}/schema.js`) as Inference;

describe('the component package', () => {
  it('has a schema for every Pulumi language, with a description of each argument', () => {
    const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
      name: string;
      version: string;
    };
    const names = Object.keys(components);
    const analyzer = new Analyzer(import.meta.dirname, manifest.name, manifest, new Set(names));
    const inferred = analyzer.analyze();
    const schema = generateSchema(
      manifest.name,
      manifest.version,
      '',
      inferred.components,
      inferred.typeDefinitions,
      inferred.dependencies,
    );
    expect(Object.keys(schema.resources).sort()).toEqual(names.map((name) => `attune-components:index:${name}`).sort());
    const undescribed = Object.entries(schema.resources).flatMap(([component, { inputProperties }]) =>
      Object.entries(inputProperties)
        .filter(([, { description }]) => !description)
        .map(([input]) => `${component} ${input}`),
    );
    expect(undescribed).toEqual([]);
    expect(schema.resources['attune-components:index:PersonalizationStack']?.requiredInputs).toEqual([
      'costCenter',
      'environment',
      'location',
      'owner',
      'packages',
      'tenant',
      'tier',
    ]);
  }, 120_000);
});
