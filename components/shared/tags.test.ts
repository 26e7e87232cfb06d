import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BLUEPRINT_VERSION, stampTags } from './tags.ts';

describe('stampTags', () => {
  const values = { tenant: 'acme', environment: 'dev', tier: 'dev', owner: 'team@acme.example', costCenter: '4711' };

  it('tells whose stamp it is, who answers and pays for it, and what made it', () => {
    expect(stampTags(values)).toEqual({
      tenantId: 'acme',
      stamp: 'acme-dev',
      environment: 'dev',
      tier: 'dev',
      owner: 'team@acme.example',
      costCenter: '4711',
      dataClassification: 'confidential',
      blueprintVersion: BLUEPRINT_VERSION,
      managedBy: 'pulumi',
    });
  });

  it('carries the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(BLUEPRINT_VERSION).toBe(manifest.version);
  });
});
