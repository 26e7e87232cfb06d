import { describe, expect, it } from 'vitest';
import { evaluateLeaveLastOut } from './evaluation.ts';
import { defaultRecommenderSettings as settings } from './settings.ts';
import { aimlessUsers, orderlyUsers } from './testing/syntheticShop.ts';

const shape = { users: 400, items: 200, length: 8, seed: 1 };

describe('evaluateLeaveLastOut', () => {
  it('finds the held-out item where the order of the items gives it away', async () => {
    const { hitRateAt10, ndcgAt10, users } = await evaluateLeaveLastOut({ users: orderlyUsers(shape), settings });
    expect(users).toBe(400);
    expect(hitRateAt10).toBeGreaterThan(0.98);
    expect(ndcgAt10).toBeGreaterThan(0.9);
    expect(ndcgAt10).toBeLessThanOrEqual(hitRateAt10);
  });

  it('is near chance where nothing gives it away: no held-out item leaks into the training', async () => {
    const { hitRateAt10, users } = await evaluateLeaveLastOut({ users: aimlessUsers(shape), settings });
    const chance = 10 / (200 - 7);
    const standardError = Math.sqrt((chance * (1 - chance)) / users);
    expect(users).toBe(400);
    expect(Math.abs(hitRateAt10 - chance)).toBeLessThan(4 * standardError);
  });

  it.each([0, 0.5, 1])('learns the order with an EASE share of %s', async (easeShare) => {
    const metrics = await evaluateLeaveLastOut({ users: orderlyUsers(shape), settings: { ...settings, easeShare } });
    expect(metrics.hitRateAt10).toBeGreaterThan(0.9);
  });

  it('measures nothing where nobody has two items', async () => {
    const nothing = { hitRateAt10: 0, ndcgAt10: 0, users: 0 };
    expect(await evaluateLeaveLastOut({ users: [], settings })).toEqual(nothing);
    expect(await evaluateLeaveLastOut({ users: [{ id: 'a', items: [['x', 1, 0, 0]] }], settings })).toEqual(nothing);
  });
});
