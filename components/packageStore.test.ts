import { describe, expect, it } from 'vitest';
import { PackageStore } from './packageStore.ts';
import { DEFAULTS, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, only } from './testing/mocks.ts';

const defaults = await evaluate(() => new PackageStore('k', DEFAULTS));
const wafAligned = await evaluate(() => new PackageStore('k', WAF_ALIGNED));

describe('PackageStore', () => {
  it('has exactly these children', () => {
    expect(childrenOf(defaults.resources, 'k')).toEqual([
      'storage:BlobServiceProperties k-blobs',
      'storage:StorageAccount k',
    ]);
    expect(childrenOf(wafAligned.resources, 'k')).toEqual([
      'monitor:DiagnosticSetting k-blobs-diagnostics',
      'storage:BlobServiceProperties k-blobs',
      'storage:StorageAccount k',
    ]);
  });

  it('accepts its key, says what it is for, and is as closed as the other accounts', () => {
    expect(only(wafAligned.resources, 'storage:StorageAccount').inputs).toMatchObject({
      allowSharedKeyAccess: true,
      allowBlobPublicAccess: false,
      defaultToOAuthAuthentication: true,
      publicNetworkAccess: 'Disabled',
      networkRuleSet: { defaultAction: 'Deny' },
      tags: { owner: 'platform-team', 'resource-usage': 'azure-functions' },
    });
  });
});
