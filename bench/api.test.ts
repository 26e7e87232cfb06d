import { expect, it } from 'vitest';
import { benchApi } from './api.ts';

it('compares the API with a bare route on every call', async () => {
  const figures = await benchApi({ seconds: 1.5, connections: 4, items: 300, warmUpSeconds: 0.2 });
  expect(Object.keys(figures)).toEqual(['recommendations', 'rankedRecommendations', 'events']);
  for (const { ours, bare } of Object.values(figures)) {
    for (const { rps, p99 } of [ours, bare]) {
      expect(rps).toBeGreaterThan(0);
      expect(p99).toBeGreaterThan(0);
    }
  }
}, 60_000);
