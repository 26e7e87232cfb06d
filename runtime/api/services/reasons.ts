import type { RankedItem } from '../../scoring/recommender.ts';

export const POPULAR = 'Popular right now';
export const FROM_CATALOGUE = 'From the catalogue';
export const BOOSTED = 'Preferred by this request';

const DONE: Record<string, (title: string) => string> = {
  view: (title) => `viewed ${title}`,
  click: (title) => `clicked on ${title}`,
  add_to_cart: (title) => `added ${title} to your cart`,
  purchase: (title) => `bought ${title}`,
  rate: (title) => `rated ${title}`,
};

/** A second history item is named when it added at least this share. */
const WORTH_NAMING = 0.25;

/**
 * One sentence why an item was ranked, from the history items that added most to its score and what the subject last did
 * with them, e.g. "Because you bought WHITE METAL LANTERN".
 */
export function reasonFor(
  because: RankedItem['because'],
  history: readonly { item: string; action: string }[],
  titleOf: (item: string) => string,
): string {
  const [first, second] = because;
  if (!first) return BOOSTED;
  const sentence = `Because you ${deed(first.item, history, titleOf)}`;
  return second && second.share >= WORTH_NAMING ? `${sentence} and ${deed(second.item, history, titleOf)}` : sentence;
}

function deed(
  item: string,
  history: readonly { item: string; action: string }[],
  titleOf: (item: string) => string,
): string {
  const action = history.findLast((entry) => entry.item === item)?.action ?? '';
  const title = titleOf(item);
  return Object.hasOwn(DONE, action) ? DONE[action]!(title) : `were interested in ${title}`;
}

export function similarReason(title: string): string {
  return `Goes with ${title}`;
}

export function categoryReason(category: string): string {
  return `Popular in ${category}`;
}
