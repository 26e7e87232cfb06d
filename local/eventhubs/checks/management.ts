import { expect } from 'vitest';
import { Section } from '../amqp/messageLayout.ts';
import type { AmqpPeer } from '../testing/amqpPeer.ts';
import { mapTypes, nextPayload } from '../testing/rawMessages.ts';
import type { Check } from './check.ts';

/** Types of the entries of the answer to a request. */
async function answerTypes(peer: AmqpPeer, properties: Record<string, string>): Promise<Record<string, string>> {
  const replies = await peer.receiver('$management', { target: { address: 'replies' } });
  const requests = await peer.sender('$management');
  const payload = nextPayload(replies);
  const application_properties = { operation: 'READ', ...properties };
  requests.send({ message_id: 'm', reply_to: 'replies', application_properties, body: Buffer.from('[]') });
  await peer.receive(replies, 1);
  return mapTypes(await payload, Section.value);
}

export const managementChecks: Check[] = [
  {
    name: 'a hub is described with its name, creation time and partition ids',
    async run({ test }) {
      const before = Date.now();
      const hub = await test.hub({ partitionCount: 3 });
      const client = test.producer(hub);
      const properties = await client.getEventHubProperties();
      expect(properties).toMatchObject({ name: hub, partitionIds: ['0', '1', '2'] });
      expect(properties.createdOn.getTime()).toBeGreaterThanOrEqual(before);
      expect(await client.getPartitionIds()).toEqual(['0', '1', '2']);
    },
  },
  {
    name: 'a partition is described with its first and last sequence number, offset and time, an empty one with -1',
    async run({ test }) {
      const hub = await test.hub({ partitionCount: 2 });
      const client = test.producer(hub);
      await client.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '1' });
      expect(await client.getPartitionProperties('0')).toMatchObject({
        isEmpty: true,
        beginningSequenceNumber: 0,
        lastEnqueuedSequenceNumber: -1,
        lastEnqueuedOffset: '-1',
      });
      const filled = await client.getPartitionProperties('1');
      expect(filled).toMatchObject({ isEmpty: false, beginningSequenceNumber: 0, lastEnqueuedSequenceNumber: 1 });
      expect(Number(filled.lastEnqueuedOffset)).toBeGreaterThan(0);
      expect(Math.abs(Date.now() - filled.lastEnqueuedOnUtc.getTime())).toBeLessThan(60_000);
    },
  },
  {
    name: 'the fields of a described hub and partition have the AMQP types that clients in other languages insist on',
    async run(stage) {
      const hub = await stage.open.hub();
      await stage.open.producer(hub).sendBatch([{ body: 1 }]);
      const ofHub = { type: 'com.microsoft:eventhub', name: hub };
      expect(await answerTypes(await stage.peer(), ofHub)).toEqual({
        name: 'Str',
        type: 'Str',
        created_at: 'Timestamp',
        partition_count: expect.stringMatching(/Int$/) as string,
        partition_ids: expect.stringMatching(/^Array/) as string,
        georeplication_factor: expect.stringMatching(/Int$/) as string,
      });
      const ofPartition = { type: 'com.microsoft:partition', name: hub, partition: '0' };
      expect(await answerTypes(await stage.peer(), ofPartition)).toEqual({
        name: 'Str',
        type: 'Str',
        partition: 'Str',
        begin_sequence_number: expect.stringMatching(/Long$/) as string,
        last_enqueued_sequence_number: expect.stringMatching(/Long$/) as string,
        last_enqueued_offset: 'Str',
        last_enqueued_time_utc: 'Timestamp',
        is_partition_empty: expect.stringMatching(/^(True|False|Boolean)$/) as string,
      });
    },
  },
  {
    name: 'unknown hubs are MessagingEntityNotFoundError, unknown partitions are refused by name',
    async run({ test }) {
      const hub = await test.hub();
      await expect(test.producer('missing').getEventHubProperties()).rejects.toMatchObject({
        code: 'MessagingEntityNotFoundError',
      });
      await expect(test.producer(hub).getPartitionProperties('7')).rejects.toThrow("partition '7' is invalid");
      await expect(test.producer(hub).getPartitionProperties('x')).rejects.toThrow('is invalid');
    },
  },
  {
    name: 'another operation than READ is answered with status 501',
    async run(stage) {
      const peer = await stage.peer();
      const replies = await peer.receiver('$management', { target: { address: 'replies' } });
      const requests = await peer.sender('$management');
      requests.send({
        message_id: 'm',
        reply_to: 'replies',
        application_properties: { operation: 'WRITE' },
        body: null,
      });
      const [{ message }] = await peer.receive(replies, 1);
      expect(message?.application_properties).toMatchObject({ 'status-code': 501 });
    },
  },
];
