import { describe, expect, it } from 'vitest';
import { Observability, type ObservabilityArgs } from './observability.ts';
import { DEFAULTS, MAX, WAF_ALIGNED } from './testing/fixtures.ts';
import { childrenOf, evaluate, only } from './testing/mocks.ts';

function observability({ resourceGroupName, location, tenant, environment, tier, dailyQuotaGb }: ObservabilityArgs) {
  return evaluate(
    () => new Observability('o', { resourceGroupName, location, tenant, environment, tier, dailyQuotaGb }),
  );
}

const fixtures = {
  defaults: await observability(DEFAULTS),
  max: await observability({ ...MAX, dailyQuotaGb: 5 }),
  wafAligned: await observability(WAF_ALIGNED),
};

describe('Observability', () => {
  it('has exactly these children; the workspace observes itself', () => {
    const { resources } = fixtures.defaults;
    expect(childrenOf(resources, 'o')).toEqual([
      'applicationinsights:Component o-insights',
      'monitor:DiagnosticSetting o-diagnostics',
      'operationalinsights:Workspace o',
    ]);
    const workspaceId = only(resources, 'operationalinsights:Workspace').id;
    expect(only(resources, 'monitor:DiagnosticSetting').inputs).toMatchObject({
      resourceUri: workspaceId,
      workspaceId,
    });
  });

  it.each(['defaults', 'max', 'wafAligned'] as const)('takes Entra callers alone (%s)', (fixture) => {
    const { resources } = fixtures[fixture];
    expect(only(resources, 'operationalinsights:Workspace').inputs).toMatchObject({
      sku: { name: 'PerGB2018' },
      features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
    });
    expect(only(resources, 'applicationinsights:Component').inputs).toMatchObject({
      disableLocalAuth: true,
      ingestionMode: 'LogAnalytics',
      workspaceResourceId: only(resources, 'operationalinsights:Workspace').id,
    });
  });

  it.each([
    ['defaults', 30, 1],
    ['max', 90, 5],
    ['wafAligned', 90, -1],
  ] as const)('keeps logs by tier, and takes a cap of its own (%s)', (fixture, days, cap) => {
    expect(only(fixtures[fixture].resources, 'operationalinsights:Workspace').inputs).toMatchObject({
      retentionInDays: days,
      workspaceCapping: { dailyQuotaGb: cap },
    });
  });
});
