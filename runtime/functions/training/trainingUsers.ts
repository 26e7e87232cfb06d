import type { Container } from '@azure/cosmos';
import type { TrainingUser } from '../../scoring/trainer.ts';
import { storeCall } from '../stores/transientError.ts';

const PAGE = 500;

/** The users' items, page by page; anonymous sessions count for popularity only. */
export async function readTrainingUsers(profiles: Container): Promise<TrainingUser[]> {
  const query = "SELECT c.id, c.items FROM c WHERE c.kind = 'user'";
  const pages = profiles.items.query<TrainingUser>(query, { maxItemCount: PAGE });
  const users: TrainingUser[] = [];
  while (pages.hasMoreResults()) {
    const { resources } = await storeCall('Reading the users', () => pages.fetchNext());
    for (const user of resources ?? []) users.push(user);
  }
  // The order of a cross-partition query is the store's affair; the model must not depend on it.
  return users.sort((a, b) => (a.id < b.id ? -1 : 1));
}
