import type { InteractionEvent } from '../../runtime/contracts/events.ts';
import { EVENT_TYPES } from '../../runtime/contracts/names.ts';
import type { CatalogueItem } from '../replay/retailEvents.ts';
import { THEMES } from './themes.ts';

const USERS = 240;
const DAY_MS = 86_400_000;
/** How often the next item of a walk is the follower of the last one, some other of the theme, or any item. */
const FOLLOW = 0.8;
const SAME_THEME = 0.15;

/**
 * A small shop with known tastes. Each theme is a ring of items; each user has one theme and walks along its ring, now
 * and then straying. So what a good recommender should offer is known: after item k of a ring, item k + 1.
 */
export interface Shop {
  items: CatalogueItem[];
  /** In time order over the 30 days before `now`. */
  events: InteractionEvent[];
  /** The item that the walk takes next after this one, more often than any other. */
  follower(itemId: string): string;
  /** Theme of each user, as a category name. */
  tastes: ReadonlyMap<string, string>;
}

/** Makes the shop; equal seeds and times give equal shops. */
export function makeShop({ seed, now }: { seed: number; now: number }): Shop {
  const random = mulberry32(seed);
  const themes = Object.entries(THEMES);
  const items: CatalogueItem[] = [];
  const ring = new Map<string, string>();
  for (const [theme, titles] of themes) {
    const ids = titles.map((_, index) => `${theme}-${index + 1}`);
    titles.forEach((title, index) => {
      ring.set(ids[index], ids[(index + 1) % ids.length]);
      const price = Number((4 + random() * 90).toFixed(2));
      items.push({ itemId: ids[index], title, categories: [theme], price, available: true });
    });
  }

  const tastes = new Map<string, string>();
  const visits: { time: number; userId: string; itemId: string; action: string }[] = [];
  for (let user = 1; user <= USERS; user += 1) {
    const userId = `user-${user}`;
    const [theme, titles] = themes[user % themes.length];
    tastes.set(userId, theme);
    let itemId = `${theme}-${1 + Math.floor(random() * titles.length)}`;
    let time = now - DAY_MS * (1 + random() * 29);
    const steps = 10 + Math.floor(random() * 20);
    for (let step = 0; step < steps && time < now; step += 1) {
      visits.push({ time, userId, itemId, action: pickAction(random()) });
      itemId = nextItem(itemId, theme);
      time += (0.01 + random()) * 0.5 * DAY_MS;
    }
  }
  visits.sort((a, b) => a.time - b.time);
  const events = visits.map(({ time, userId, itemId, action }, index): InteractionEvent => {
    return {
      specversion: '1.0',
      id: `shop-${seed}-${index}`,
      source: '/shop',
      type: EVENT_TYPES.interaction,
      time: new Date(time).toISOString(),
      data: { userId, itemId, action, channel: 'web' },
    };
  });
  return { items, events, follower: (itemId) => ring.get(itemId) ?? itemId, tastes };

  function nextItem(current: string, theme: string): string {
    const dice = random();
    if (dice < FOLLOW) return ring.get(current) ?? current;
    const pool = dice < FOLLOW + SAME_THEME ? items.filter((item) => item.categories[0] === theme) : items;
    return pool[Math.floor(random() * pool.length)].itemId;
  }
}

function pickAction(dice: number): string {
  if (dice < 0.5) return 'view';
  if (dice < 0.8) return 'click';
  return dice < 0.9 ? 'add_to_cart' : 'purchase';
}

/** Small seeded generator of numbers in [0, 1) (mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
