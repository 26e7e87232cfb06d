import type { TrainingUser } from '../training/supportedCore.ts';
import { seededRandom } from './seededRandom.ts';

/** Time between two interactions, ms. */
const STEP_MS = 60_000;

function userOf(id: string, items: readonly number[]): TrainingUser {
  return { id, items: items.map((item, step) => [`item-${item}`, 1, step * STEP_MS, step * STEP_MS]) };
}

/** Users who walk through numbered items in order from a random start: what comes next is certain. */
export function orderlyUsers(shape: { users: number; items: number; length: number; seed: number }): TrainingUser[] {
  const random = seededRandom(shape.seed);
  return Array.from({ length: shape.users }, (_, id) => {
    const start = Math.floor(random() * shape.items);
    return userOf(
      `user-${id}`,
      Array.from({ length: shape.length }, (_, step) => (start + step) % shape.items),
    );
  });
}

/** Users who take items at random: nothing says what comes next. */
export function aimlessUsers(shape: { users: number; items: number; length: number; seed: number }): TrainingUser[] {
  const random = seededRandom(shape.seed);
  return Array.from({ length: shape.users }, (_, id) => {
    const chosen = new Set<number>();
    while (chosen.size < shape.length) chosen.add(Math.floor(random() * shape.items));
    return userOf(`user-${id}`, [...chosen]);
  });
}
