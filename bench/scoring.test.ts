import { describe, expect, it } from 'vitest';
import { benchScoring } from './scoring.ts';

describe('benchScoring', () => {
  it('measures a model of the asked shape: percentiles in order, all of them times', async () => {
    const figures = await benchScoring({ items: 50, neighbours: 4, history: 3, runs: 200 });
    expect(figures.runP50).toBeGreaterThan(0);
    expect(figures.runP99).toBeGreaterThanOrEqual(figures.runP50);
    expect(figures.rankP50).toBeGreaterThan(0);
    expect(figures.rankP99).toBeGreaterThanOrEqual(figures.rankP50);
  });
});
