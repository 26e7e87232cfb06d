import { expect, it } from 'vitest';
import { benchApi } from './api.ts';

it('compares the API with a bare route on every call', async () => {
  const figures = await benchApi({ seconds: 1.5, connections: 4, items: 300, warmUpSeconds: 0.2 });
  const { recommendations, events } = figures;
  const measured = [recommendations.ours, recommendations.bare, recommendations.ranked, events.ours, events.bare];
  for (const { rps, p99 } of measured) {
    expect(rps).toBeGreaterThan(0);
    expect(p99).toBeGreaterThan(0);
  }
}, 60_000);
