import type { Effects } from './expectedEffects.ts';
import type { MemoryStores } from './memoryStores.ts';

/** What the stores hold, in the form of `Effects`. */
export function observedEffects(stores: MemoryStores, partitions: number): Effects {
  const effects: Effects = {
    totals: [],
    letters: [...stores.letters.keys()].sort(),
    popularity: {},
    transitions: {},
    profiles: {},
  };
  for (let partition = 0; partition < partitions; partition++) {
    const lane = `interactions-${partition}`;
    const cursor = stores.cursor(lane);
    const deadLettered = Object.values(cursor?.deadLettered ?? {}).reduce((sum, count) => sum + count, 0);
    effects.totals.push({ applied: cursor?.applied ?? 0, duplicates: cursor?.duplicates ?? 0, deadLettered });
    for (const { popularity, transitions } of stores.deltasOf(lane)) {
      for (const [item, weight] of Object.entries(popularity)) add(effects.popularity, item, weight);
      for (const [from, row] of Object.entries(transitions)) {
        for (const [to, weight] of row) add(effects.transitions, `${from}>${to}`, weight);
      }
    }
  }
  for (const subject of stores.profiles.keys()) {
    const { events, items, history, hidden } = stores.profile(subject)!;
    effects.profiles[subject] = {
      events,
      items: Object.fromEntries(items.map(([item, count]) => [item, count])),
      history: history.map(({ action, item }) => `${action} ${item}`),
      hidden: [...hidden].sort(),
    };
  }
  return effects;
}

function add(sums: Record<string, number>, key: string, weight: number): void {
  sums[key] = (sums[key] ?? 0) + weight;
}
