import type { Recommender } from '../../scoring/recommender.ts';
import type { Candidates, Mask } from './candidates.ts';

/** Factor by item: above 1 its score grows, below 1 it shrinks. */
export type Boosts = ReadonlyMap<string, number>;

/**
 * Puts factors into a mask. The graph adds the mask to the scores, so the unboosted scores of these items are ranked
 * first, and what each factor adds to its score goes into the mask. Items that the mask excludes stay excluded.
 */
export async function applyBoosts(
  mask: Mask,
  candidates: Candidates,
  history: Parameters<Recommender['rank']>[0]['history'],
  boosts: Boosts,
): Promise<void> {
  const { recommender } = candidates;
  const boosted = new Set<number>();
  for (const item of boosts.keys()) {
    const index = recommender.indexOf(item);
    if (index >= 0 && mask.values[index] === 0) boosted.add(index);
  }
  if (boosted.size === 0) return;

  const only = candidates.borrow();
  try {
    for (let index = 0; index < only.values.length; index += 1) if (!boosted.has(index)) only.exclude(index);
    const scored = await recommender.rank({ history, boost: only.values, limit: boosted.size });
    for (const { item, index, score } of scored) mask.set(index, score * ((boosts.get(item) ?? 1) - 1));
  } finally {
    candidates.giveBack(only);
  }
}
