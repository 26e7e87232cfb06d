import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProjectFiles } from './projectFiles.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'attune-project-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string) => writeFileSync(join(folder, name), content);

const PROJECT = `
name: shop
main: infra
config:
  tier: { type: string, default: dev }
  tags: { type: object, default: { owner: us } }
  shop:port: { type: integer }
  azure-native:location: { value: westeurope }
`;

describe('readProjectFiles', () => {
  it('merges the defaults of the schema with the values of the stack, under the project name', () => {
    write('Pulumi.yaml', PROJECT);
    write('Pulumi.local.yaml', 'config:\n  shop:tier: standard\n  shop:port: 8080\n');
    expect(readProjectFiles(folder, 'local')).toEqual({
      name: 'shop',
      main: join(folder, 'infra'),
      config: {
        'shop:tier': 'standard',
        'shop:tags': '{"owner":"us"}',
        'shop:port': '8080',
        'azure-native:location': 'westeurope',
      },
    });
  });

  it('names a stack that does not exist and a file that is no YAML', () => {
    write('Pulumi.yaml', PROJECT);
    expect(() => readProjectFiles(folder, 'prod')).toThrow(
      /There is no stack "prod": .*Pulumi.prod.yaml does not exist/,
    );
    write('Pulumi.prod.yaml', 'config: [');
    expect(() => readProjectFiles(folder, 'prod')).toThrow(/Pulumi.prod.yaml cannot be read: /);
  });
});
