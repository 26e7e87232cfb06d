import { ControlError } from '../../process/serviceHost.ts';
import { EVENT_SCHEMAS, type SubscriptionDefinition, type TopicDefinition } from '../model.ts';
import { validateFilter } from './validateFilter.ts';

/** From "Troubleshoot Azure Event Grid errors" of Microsoft's documentation. */
const RESERVED_PREFIXES = ['Microsoft', 'EventGrid', 'System'];
const LIMITS = { deliveryAttributes: 10, attributeBytes: 4096 } as const;

/** Throws a `ControlError` of one line unless the topic is one that Azure would create. */
export function validateTopic(topic: TopicDefinition): void {
  checkName('topic', topic.name, 50);
  const reserved = RESERVED_PREFIXES.find((prefix) => topic.name.toLowerCase().startsWith(prefix.toLowerCase()));
  if (reserved !== undefined)
    throw new ControlError(
      `topic name "${topic.name}" is not allowed: names that start with ${reserved} are reserved.`,
    );
  if (!EVENT_SCHEMAS.includes(topic.inputSchema))
    throw new ControlError(
      `topic "${topic.name}": inputSchema "${String(topic.inputSchema)}" is not supported; use ${EVENT_SCHEMAS.join(' or ')}.`,
    );
  if (typeof topic.key !== 'string' || topic.key === '')
    throw new ControlError(`topic "${topic.name}": key is missing; give a base64 text, such as 32 random bytes.`);
}

/**
 * Throws a `ControlError` of one line unless the subscription is one that Azure would create on this topic, or change it to
 * from what it was `before`.
 */
export function validateSubscription(args: {
  subscription: SubscriptionDefinition;
  topic: TopicDefinition;
  before?: SubscriptionDefinition;
  now: number;
}): void {
  const { subscription, topic } = args;
  checkName('subscription', subscription.name, 64);
  const refuse = (fault: string): never => {
    throw new ControlError(`subscription "${subscription.name}" of topic "${topic.name}": ${fault}`);
  };
  checkDestination(subscription, refuse);
  const delivered = subscription.deliverySchema ?? topic.inputSchema;
  if (!EVENT_SCHEMAS.includes(delivered))
    refuse(`deliverySchema "${delivered}" is not supported; use ${EVENT_SCHEMAS.join(' or ')}.`);
  if (topic.inputSchema === 'CloudEventSchemaV1_0' && delivered !== 'CloudEventSchemaV1_0')
    refuse('a topic that takes CloudEvents delivers CloudEvents only; set deliverySchema to CloudEventSchemaV1_0.');
  const { maxDeliveryAttempts, eventTimeToLiveInMinutes } = subscription.retryPolicy ?? {};
  checkInteger('retryPolicy.maxDeliveryAttempts', maxDeliveryAttempts, 30, refuse);
  checkInteger('retryPolicy.eventTimeToLiveInMinutes', eventTimeToLiveInMinutes, 1440, refuse);
  const { deadLetter } = subscription;
  if (deadLetter && !(deadLetter.container && isComplete(deadLetter, 'blobEndpoint')))
    refuse('deadLetter needs a container and either connectionString or blobEndpoint and identity.');
  checkExpiration(args, refuse);
  checkAttributes(subscription, refuse);
  validateFilter(subscription.filter, refuse);
}

/** Whether a service is named with its key, or by its address with an identity. */
function isComplete(access: object, address: string): boolean {
  const { connectionString, identity, ...rest } = access as Record<string, unknown>;
  return Boolean(connectionString || (identity && rest[address]));
}

function checkName(kind: string, name: unknown, longest: number): void {
  if (typeof name === 'string' && /^[A-Za-z0-9-]{3,}$/.test(name) && name.length <= longest) return;
  throw new ControlError(
    `${kind} name "${String(name)}" is not allowed: 3 to ${longest} characters out of letters, digits and hyphens.`,
  );
}

function checkDestination(subscription: SubscriptionDefinition, refuse: (fault: string) => never): void {
  const { destination } = subscription;
  switch (destination?.type) {
    case 'EventHub':
      if (!destination.eventHub || !isComplete(destination, 'fullyQualifiedNamespace'))
        refuse(
          'an EventHub destination needs eventHub and either connectionString or fullyQualifiedNamespace and identity.',
        );
      return;
    case 'WebHook':
    case 'AzureFunction':
      checkUrl(destination.url, refuse);
      checkInteger('destination.maxEventsPerBatch', destination.maxEventsPerBatch, 5000, refuse);
      checkInteger(
        'destination.preferredBatchSizeInKilobytes',
        destination.preferredBatchSizeInKilobytes,
        1024,
        refuse,
      );
      return;
    default:
      refuse('the destination type must be EventHub, WebHook or AzureFunction.');
  }
}

function checkUrl(text: string, refuse: (fault: string) => never): void {
  const url = URL.parse(text) ?? refuse(`the destination's url "${text}" is not a URL.`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    refuse(`the destination's url begins with ${url.protocol}; allowed are https: and, on this machine, http:.`);
  if (url.username !== '' || url.password !== '')
    refuse(`the destination's url has a user or a password; send a secret in a delivery attribute or in the query.`);
}

function checkInteger(name: string, value: unknown, maximum: number, refuse: (fault: string) => never): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > maximum)
    refuse(`${name} is ${String(value)}; allowed are whole numbers from 1 to ${maximum}.`);
}

/** "Invalid expiration time": it must be in the future, unless it is the one that the subscription has had. */
function checkExpiration(
  args: { subscription: SubscriptionDefinition; before?: SubscriptionDefinition; now: number },
  refuse: (fault: string) => never,
): void {
  const time: unknown = args.subscription.expirationTimeUtc;
  if (time === undefined) return;
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time)))
    refuse(
      `Invalid expiration time: expirationTimeUtc is ${JSON.stringify(time)}; give one such as 2030-01-31T12:00:00Z.`,
    );
  if (time !== args.before?.expirationTimeUtc && Date.parse(time as string) <= args.now)
    refuse(`Invalid expiration time: expirationTimeUtc ${String(time)} is not in the future.`);
}

function checkAttributes(subscription: SubscriptionDefinition, refuse: (fault: string) => never): void {
  const mappings = subscription.deliveryAttributeMappings ?? [];
  if (mappings.length > LIMITS.deliveryAttributes)
    refuse(`${mappings.length} deliveryAttributeMappings; at most ${LIMITS.deliveryAttributes} are allowed.`);
  for (const mapping of mappings) {
    if (!/^[A-Za-z0-9_-]+$/.test(mapping.name) || mapping.name.toLowerCase().startsWith('aeg-'))
      refuse(`the delivery attribute name "${mapping.name}" is not allowed (aeg- is reserved).`);
    if (mapping.type === 'Static' && Buffer.byteLength(mapping.value) > LIMITS.attributeBytes)
      refuse(`the delivery attribute "${mapping.name}" is longer than ${LIMITS.attributeBytes} bytes.`);
    if (mapping.type === 'Dynamic' && !mapping.sourceField)
      refuse(`the dynamic delivery attribute "${mapping.name}" needs sourceField, such as "data.userId".`);
    if (mapping.type !== 'Static' && mapping.type !== 'Dynamic')
      refuse(`the delivery attribute "${(mapping as { name: string }).name}" must be of type Static or Dynamic.`);
  }
}
