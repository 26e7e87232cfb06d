import type { SendCloudEventInput } from '@azure/eventgrid';
import type { EventFilter } from '../model.ts';
import { idsOf, to, type Stage } from './check.ts';

export type PublishedEvent = Partial<SendCloudEventInput<unknown>>;

/** The ids of those events, named by their members, that a subscription with the filter receives. */
export async function received(
  stage: Stage,
  filter: EventFilter,
  events: Record<string, PublishedEvent>,
): Promise<string[]> {
  const hook = await stage.hook();
  const topic = await stage.topic();
  await topic.subscribe({ destination: to(hook), filter });
  await topic.publish(...Object.entries(events).map(([id, event]) => ({ id, ...event })));
  await topic.settled({ delivered: topic.describe().matched, pending: 0 });
  return idsOf(hook).toSorted();
}
