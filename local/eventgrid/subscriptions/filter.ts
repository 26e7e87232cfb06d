import { eventSubject, eventType, type EventFilter, type GridEvent } from '../model.ts';
import { matchesAdvancedFilter } from './advancedFilters.ts';

/** In the place of a list of types: every type. */
const ALL_TYPES = 'All';

/** True if a subscription with this filter receives the event: every part of the filter must agree. */
export function matchesFilter(event: GridEvent, filter: EventFilter | undefined): boolean {
  if (!filter) return true;
  const types = filter.includedEventTypes;
  if (types && types.length > 0 && !types.includes(ALL_TYPES) && !types.includes(eventType(event))) return false;
  if (!matchesSubject(eventSubject(event), filter)) return false;
  const onArrays = filter.enableAdvancedFilteringOnArrays ?? false;
  return (filter.advancedFilters ?? []).every((advanced) => matchesAdvancedFilter(event, advanced, onArrays));
}

function matchesSubject(subject: string, filter: EventFilter): boolean {
  const fold = (text: string) => (filter.isSubjectCaseSensitive ? text : text.toLowerCase());
  const actual = fold(subject);
  return actual.startsWith(fold(filter.subjectBeginsWith ?? '')) && actual.endsWith(fold(filter.subjectEndsWith ?? ''));
}
