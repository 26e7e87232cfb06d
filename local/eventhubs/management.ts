import rhea from 'rhea';
import { AmqpError, Condition } from './amqp/conditions.ts';
import { Code } from './amqp/encoding.ts';
import type { Hub } from './hub.ts';
import type { Hubs } from './hubs.ts';
import type { Reply, RequestMessage } from './requestNode.ts';

const HUB_TYPE = 'com.microsoft:eventhub';
const PARTITION_TYPE = 'com.microsoft:partition';

const { wrap_array, wrap_int, wrap_long, wrap_timestamp } = rhea.types;

export interface ReadEntityOptions {
  request: RequestMessage;
  hubs: Hubs;
  /** @throws {AmqpError} when the connection may not read the hub */
  authorize(hub: string, token: unknown): Promise<void>;
}

/** The `READ` operation of `$management`: facts about a hub or about one of its partitions. */
export async function readEntity({ request, hubs, authorize }: ReadEntityOptions): Promise<Reply> {
  const { operation, type, name, partition, security_token } = (request.application_properties ?? {}) as Record<
    string,
    unknown
  >;
  if (operation !== 'READ' || (type !== HUB_TYPE && type !== PARTITION_TYPE)) {
    const known = `READ of ${HUB_TYPE} and ${PARTITION_TYPE}`;
    const what = `The operation '${String(operation)}' of '${String(type)}' is not known; there is ${known}.`;
    throw new AmqpError(Condition.notImplemented, what);
  }
  if (typeof name !== 'string') throw new AmqpError(Condition.argumentError, 'The property name must be a string.');
  await authorize(name, security_token);
  const hub = hubs.hub(name);
  const body = type === HUB_TYPE ? hubFacts(hub) : partitionFacts(hub, partition);
  return { status: 200, description: 'OK', body };
}

function hubFacts({ declaration, partitions }: Hub): unknown {
  const ids = partitions.map(({ id }) => String(id));
  return {
    name: declaration.name,
    type: HUB_TYPE,
    created_at: wrap_timestamp(declaration.createdAt),
    partition_count: wrap_int(partitions.length),
    partition_ids: wrap_array(ids, Code.string8, undefined),
    georeplication_factor: wrap_int(1),
  };
}

function partitionFacts(hub: Hub, id: unknown): unknown {
  const number = typeof id === 'string' && /^\d{1,9}$/.test(id) ? Number(id) : NaN;
  const partition = hub.partition(Number.isNaN(number) ? -1 : number);
  const { begin, end } = partition.log;
  return {
    name: hub.declaration.name,
    type: PARTITION_TYPE,
    partition: String(partition.id),
    begin_sequence_number: wrap_long(begin.sequence),
    last_enqueued_sequence_number: wrap_long(end.lastSequence),
    last_enqueued_offset: String(end.lastOffset),
    last_enqueued_time_utc: wrap_timestamp(end.lastTime),
    is_partition_empty: end.lastSequence < begin.sequence,
  };
}
