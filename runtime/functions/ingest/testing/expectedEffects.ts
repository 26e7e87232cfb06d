import type { EventLog, LoggedEvent } from './eventLog.ts';

/** What a log must have led to, computed the slow and obvious way from the whole log at once. */
export interface Effects {
  /** Per partition. */
  totals: { applied: number; duplicates: number; deadLettered: number }[];
  /** Names of the dead letters. */
  letters: string[];
  popularity: Record<string, number>;
  /** `from>to` to the summed weight. */
  transitions: Record<string, number>;
  profiles: Record<string, { events: number; items: Record<string, number>; history: string[]; hidden: string[] }>;
}

export const TEST_RULES = {
  transitionWindow: 3,
  interest: (action: string) => ({ purchase: 1, view: 0.25, wave: 0.125 })[action] ?? 0,
};

/** Effects of every event once, in log order; partitions one after the other. */
export function expectedEffects(log: EventLog): Effects {
  const effects: Effects = { totals: [], letters: [], popularity: {}, transitions: {}, profiles: {} };
  const seen = new Set<string>();
  for (const [partition, events] of log.entries()) {
    const totals = { applied: 0, duplicates: 0, deadLettered: 0 };
    for (const [sequence, event] of events.entries()) {
      if (event.poison) {
        totals.deadLettered++;
        effects.letters.push(`interactions/${partition}/${sequence}`);
      } else if (seen.has(`${event.subject} ${event.id}`)) {
        totals.duplicates++;
      } else {
        seen.add(`${event.subject} ${event.id}`);
        totals.applied++;
        applyTo(effects, event);
      }
    }
    effects.totals.push(totals);
  }
  effects.letters.sort();
  return effects;
}

function applyTo(effects: Effects, { subject, action, item }: LoggedEvent): void {
  const profile = (effects.profiles[subject] ??= { events: 0, items: {}, history: [], hidden: [] });
  profile.events++;
  if (!item) return;
  const weight = TEST_RULES.interest(action);
  const earlier = profile.history
    .map((entry) => entry.split(' ') as [string, string])
    .filter(([earlierAction]) => TEST_RULES.interest(earlierAction) > 0)
    .map(([, earlierItem]) => earlierItem);
  if (weight > 0) {
    effects.popularity[item] = (effects.popularity[item] ?? 0) + weight;
    if (subject.startsWith('user:') && earlier.at(-1) !== item) addTransitions(effects.transitions, earlier, item);
    profile.items[item] = (profile.items[item] ?? 0) + 1;
    profile.hidden = profile.hidden.filter((hidden) => hidden !== item);
  }
  if (action === 'dismiss') profile.hidden = [...profile.hidden.filter((hidden) => hidden !== item), item].sort();
  profile.history.push(`${action} ${item}`);
}

function addTransitions(transitions: Record<string, number>, earlier: readonly string[], item: string): void {
  const latestFirst = [...new Set(earlier.toReversed())].slice(0, TEST_RULES.transitionWindow);
  for (const [index, from] of latestFirst.entries()) {
    const key = `${from}>${item}`;
    if (from !== item) transitions[key] = (transitions[key] ?? 0) + 1 / (index + 1);
  }
}
