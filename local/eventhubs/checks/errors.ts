import { expect, vi } from 'vitest';
import { AmqpError, Condition } from '../amqp/conditions.ts';
import { PartitionLog } from '../log/partitionLog.ts';
import { collect } from '../testing/receiving.ts';
import { spyOnFiles } from '../testing/spyOnFiles.ts';
import { bodies, refusalOf, type Check } from './check.ts';

export const errorChecks: Check[] = [
  {
    name: 'a message above 1 MiB is MessageTooLargeError, and the link goes on with the next',
    async run({ test }) {
      const hub = await test.hub();
      const producer = test.producer(hub);
      const large = producer.sendBatch([{ body: Buffer.alloc(2_000_000) }]);
      await expect(large).rejects.toMatchObject({ code: 'MessageTooLargeError' });
      await producer.sendBatch([{ body: 'small' }]);
      expect(bodies(await collect(test.consumer(hub), { count: 1 }))).toEqual(['small']);
    },
  },
  {
    name: 'a partition that does not exist is ArgumentOutOfRangeError for senders and receivers',
    async run({ test }) {
      const hub = await test.hub();
      const send = test.producer(hub).sendBatch([{ body: 1 }], { partitionId: '1' });
      await expect(send).rejects.toMatchObject({ code: 'ArgumentOutOfRangeError' });
      const receive = collect(test.consumer(hub), { count: 1, partition: '1' });
      await expect(receive).rejects.toMatchObject({ code: 'ArgumentOutOfRangeError' });
    },
  },
  {
    name: 'an offset that is none, or behind the end, is ArgumentError with the last offset',
    async run({ test }) {
      const hub = await test.hub();
      await test.producer(hub).sendBatch([{ body: 0 }]);
      const cases = [
        [{ offset: 'abc' }, 'abc'],
        [{ offset: '100000' }, 'The last offset in the system'],
        [{ sequenceNumber: 9 }, 'The last sequence number in the system'],
      ] as const;
      for (const [start, text] of cases) {
        const refusal = await refusalOf(collect(test.consumer(hub), { count: 1, partition: '0', start }));
        expect(refusal).toMatchObject({ code: 'ArgumentError', message: expect.stringContaining(text) as string });
      }
    },
  },
  {
    name: 'a partition key of more than 128 characters is ArgumentError',
    async run({ test }) {
      const hub = await test.hub();
      const sent = test.producer(hub).sendBatch([{ body: 1 }], { partitionKey: 'x'.repeat(129) });
      expect(await refusalOf(sent)).toMatchObject({
        code: 'ArgumentError',
        message: expect.stringContaining('128') as string,
      });
    },
  },
  {
    name: 'com.microsoft:server-busy is ServerBusyError, which the client retries until the send is accepted',
    async run({ test }) {
      const hub = await test.hub();
      const append = vi.spyOn(PartitionLog.prototype, 'append');
      const busy = () => Promise.reject(new AmqpError(Condition.serverBusy, 'injected'));
      try {
        append.mockImplementationOnce(busy).mockImplementationOnce(busy);
        await test.producer(hub).sendBatch([{ body: 'third time lucky' }]);
        expect(append).toHaveBeenCalledTimes(3);
        append.mockImplementation(busy);
        const refusal = await refusalOf(test.producer(hub).sendBatch([{ body: 'never' }]));
        expect(refusal).toMatchObject({ code: 'ServerBusyError' });
      } finally {
        append.mockRestore();
      }
      expect(bodies(await collect(test.consumer(hub), { count: 1 }))).toEqual(['third time lucky']);
    },
  },
  {
    name: 'a write that fails is InternalServerError, which the client sends again, and is stored once',
    async run({ test }) {
      const hub = await test.hub();
      const producer = test.producer(hub);
      await producer.sendBatch([{ body: 'before' }]);
      const writev = await spyOnFiles(test.dataDir, 'writev');
      const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { syscall: 'write' });
      writev.mockRejectedValueOnce(full);
      // Only large writes take this way; small ones are made at once.
      await producer.sendBatch([{ body: 'again'.padEnd(100_000) }]);
      expect(writev).toHaveBeenCalledTimes(2);
      const [, again] = bodies(await collect(test.consumer(hub), { count: 2 }));
      expect(String(again).trim()).toBe('again');
      expect((await producer.getPartitionProperties('0')).lastEnqueuedSequenceNumber).toBe(1);
    },
  },
  {
    name: 'unknown hubs and groups are MessagingEntityNotFoundError for receivers',
    async run({ test }) {
      const hub = await test.hub();
      const receive = (name: string, group?: string) =>
        collect(test.consumer(name, group), { count: 1, partition: '0' });
      await expect(receive('missing')).rejects.toMatchObject({ code: 'MessagingEntityNotFoundError' });
      await expect(receive(hub, 'missing')).rejects.toMatchObject({ code: 'MessagingEntityNotFoundError' });
    },
  },
];
