import { part, type Inputs } from './handler.ts';

const SUBSCRIPTION = [
  ...['scope', 'eventSubscriptionName', 'eventDeliverySchema', 'expirationTimeUtc', 'labels', 'filter', 'retryPolicy'],
  ...['destination', 'deliveryWithResourceIdentity', 'deadLetterDestination', 'deadLetterWithResourceIdentity'],
];
const FILTER = [
  ...['includedEventTypes', 'subjectBeginsWith', 'subjectEndsWith', 'isSubjectCaseSensitive'],
  ...['enableAdvancedFilteringOnArrays', 'advancedFilters'],
];
const RETRY_POLICY = ['maxDeliveryAttempts', 'eventTimeToLiveInMinutes'];
const BATCHING = ['maxEventsPerBatch', 'preferredBatchSizeInKilobytes'];
/** By type of the endpoint; a webhook that asks for tokens of Entra is none that the local target can call. */
const DESTINATION: Record<string, string[]> = {
  EventHub: ['resourceId'],
  WebHook: ['endpointUrl', 'minimumTlsVersionAllowed', ...BATCHING],
  AzureFunction: ['resourceId', ...BATCHING],
};
const DEAD_LETTER = ['endpointType', 'resourceId', 'blobContainerName'];

/** Destination and dead-letter destination of a declared subscription, each with the identity that is used for it. */
export interface DeclaredEndpoints {
  destination: Inputs;
  /** ARM id of an identity of the topic; empty where none is declared. */
  identity: string;
  deadLetter: Inputs | undefined;
  deadLetterIdentity: string;
}

/** Reads where a subscription delivers to. @throws {Error} naming a property that would have no effect here */
export function declaredEndpoints(inputs: Inputs): DeclaredEndpoints {
  requireKnown(inputs, SUBSCRIPTION);
  requireKnown(part(inputs, 'filter'), FILTER, 'filter.');
  requireKnown(part(inputs, 'retryPolicy'), RETRY_POLICY, 'retryPolicy.');
  const delivery = inputs.deliveryWithResourceIdentity ? part(inputs, 'deliveryWithResourceIdentity') : inputs;
  const deadLettering = inputs.deadLetterWithResourceIdentity ? part(inputs, 'deadLetterWithResourceIdentity') : inputs;
  const destination = part(delivery, 'destination');
  const deadLetter = part(deadLettering, 'deadLetterDestination');
  requireDestination(destination);
  requireDeadLetter(deadLetter);
  return {
    destination,
    identity: identityOf(delivery),
    deadLetter: deadLetter.endpointType === undefined ? undefined : deadLetter,
    deadLetterIdentity: identityOf(deadLettering),
  };
}

function identityOf(holder: Inputs): string {
  return String(part(holder, 'identity').userAssignedIdentity ?? '');
}

function requireDestination(destination: Inputs): void {
  const type = String(destination.endpointType);
  const known = Object.hasOwn(DESTINATION, type) ? DESTINATION[type] : undefined;
  if (!known)
    throw new Error(
      `property "destination.endpointType" is ${JSON.stringify(destination.endpointType)}: the local target delivers to ` +
        `${Object.keys(DESTINATION).join(', ')}.`,
    );
  requireKnown(destination, ['endpointType', 'deliveryAttributeMappings', ...known], 'destination.');
}

function requireDeadLetter(deadLetter: Inputs): void {
  if (deadLetter.endpointType === undefined) return;
  if (deadLetter.endpointType !== 'StorageBlob')
    throw new Error(
      `property "deadLetterDestination.endpointType" is ${JSON.stringify(deadLetter.endpointType)}: it must be StorageBlob.`,
    );
  requireKnown(deadLetter, DEAD_LETTER, 'deadLetterDestination.');
}

function requireKnown(inputs: Inputs, known: readonly string[], prefix = ''): void {
  for (const [name, value] of Object.entries(inputs)) {
    if (value === undefined || known.includes(name)) continue;
    throw new Error(
      `property "${prefix}${name}" has no effect on the local target: leave it out for the stack "local", ` +
        'or extend local/eventgrid.',
    );
  }
}
