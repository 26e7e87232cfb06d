import { part, text, type Inputs } from './handler.ts';

/** Tiers whose capacity is counted in throughput units; that of others is not throttled. */
const TIERS_WITH_UNITS = ['Basic', 'Standard'];
const TIERS = [...TIERS_WITH_UNITS, 'Premium'];

const NAMESPACE_PROPERTIES = [
  ...[
    'namespaceName',
    'resourceGroupName',
    'location',
    'tags',
    'sku',
    'isAutoInflateEnabled',
    'maximumThroughputUnits',
  ],
  ...['disableLocalAuth', 'minimumTlsVersion', 'publicNetworkAccess', 'zoneRedundant', 'identity', 'encryption'],
  ...['kafkaEnabled', 'privateEndpointConnections'],
];
const HUB_PROPERTIES = [
  ...['eventHubName', 'namespaceName', 'resourceGroupName', 'partitionCount', 'status', 'userMetadata'],
  ...['messageRetentionInDays', 'retentionDescription', 'captureDescription'],
];
const CAPTURE_PROPERTIES = [
  ...['enabled', 'encoding', 'intervalInSeconds', 'sizeLimitInBytes', 'skipEmptyArchives', 'destination'],
];
const DESTINATION_PROPERTIES = ['name', 'archiveNameFormat', 'blobContainer', 'storageAccountResourceId', 'identity'];
const BLOB_DESTINATION = 'EventHubArchive.AzureBlockBlob';
const HOURS_PER_DAY = 24;

/** `captureDescription` of a hub, with Azure's defaults; the storage account is still an ARM id. */
export interface DeclaredCapture {
  encoding: string;
  intervalSeconds: number;
  sizeLimitBytes: number;
  skipEmptyArchives: boolean;
  archiveNameFormat: string;
  container: string;
  storageAccountId: string;
}

/** Capacity of a namespace as the broker throttles by it, or undefined for a tier without throughput units. */
export function declaredThroughput(inputs: Inputs): { units: number; maximumUnits?: number } | undefined {
  requireKnown(inputs, NAMESPACE_PROPERTIES);
  const { name = 'Standard', capacity = 1 } = part(inputs, 'sku');
  requireOneOf('sku.name', name, TIERS);
  if (!TIERS_WITH_UNITS.includes(String(name))) return undefined;
  const units = requireWhole('sku.capacity', capacity, 1, 40);
  if (inputs.isAutoInflateEnabled !== true) return { units };
  return { units, maximumUnits: requireWhole('maximumThroughputUnits', inputs.maximumThroughputUnits, units, 40) };
}

/** Checks what a hub is declared with and that the broker can do it. @throws {Error} naming the property */
export function requireHub(inputs: Inputs): void {
  requireKnown(inputs, HUB_PROPERTIES);
  requireOneOf('status', inputs.status ?? 'Active', ['Active']);
  retentionHours(inputs);
  declaredCapture(inputs);
}

/** Hours that a hub keeps its events; Azure's default is one day. */
export function retentionHours(inputs: Inputs): number {
  const { cleanupPolicy = 'Delete', retentionTimeInHours, ...others } = part(inputs, 'retentionDescription');
  requireOneOf('retentionDescription.cleanupPolicy', cleanupPolicy, ['Delete']);
  requireKnown(others, [], 'retentionDescription.');
  if (retentionTimeInHours !== undefined) {
    return requireWhole('retentionDescription.retentionTimeInHours', retentionTimeInHours, 1, 90 * HOURS_PER_DAY);
  }
  return HOURS_PER_DAY * requireWhole('messageRetentionInDays', inputs.messageRetentionInDays ?? 1, 1, 90);
}

/** How a hub's events are to be captured, or undefined when they are not. Ranges are those of Azure. */
export function declaredCapture(inputs: Inputs): DeclaredCapture | undefined {
  const capture = part(inputs, 'captureDescription');
  if (capture.enabled !== true) return undefined;
  const at = 'captureDescription.';
  requireKnown(capture, CAPTURE_PROPERTIES, at);
  const destination = part(capture, 'destination');
  requireKnown(destination, DESTINATION_PROPERTIES, `${at}destination.`);
  requireOneOf(`${at}destination.name`, destination.name, [BLOB_DESTINATION]);
  requireOneOf(`${at}encoding`, capture.encoding ?? 'Avro', ['Avro', 'AvroDeflate']);
  const seconds = capture.intervalInSeconds ?? 300;
  const bytes = capture.sizeLimitInBytes ?? 314_572_800;
  return {
    encoding: String(capture.encoding ?? 'Avro'),
    intervalSeconds: requireWhole(`${at}intervalInSeconds`, seconds, 60, 900),
    sizeLimitBytes: requireWhole(`${at}sizeLimitInBytes`, bytes, 10_485_760, 524_288_000),
    skipEmptyArchives: capture.skipEmptyArchives === true,
    archiveNameFormat: text(destination, 'archiveNameFormat'),
    container: text(destination, 'blobContainer'),
    storageAccountId: text(destination, 'storageAccountResourceId'),
  };
}

function requireKnown(inputs: Inputs, known: readonly string[], prefix = ''): void {
  for (const [name, value] of Object.entries(inputs)) {
    if (value === undefined || known.includes(name)) continue;
    throw new Error(
      `property "${prefix}${name}" has no effect on the local target: leave it out for the stack "local", ` +
        'or extend local/eventhubs.',
    );
  }
}

function requireOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(String(value))) return;
  throw new Error(`property "${name}" is ${JSON.stringify(value)}: the local target knows ${allowed.join(', ')}.`);
}

function requireWhole(name: string, value: unknown, lowest: number, highest: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new Error(
    `property "${name}" is ${JSON.stringify(value)}: it must be a whole number from ${lowest} to ${highest}.`,
  );
}
