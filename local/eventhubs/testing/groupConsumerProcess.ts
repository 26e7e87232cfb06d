import { GroupConsumer, type GroupConsumerOptions } from './groupConsumer.ts';

/**
 * A consumer in a process of its own, to be killed. Its options come as JSON in the first argument; it writes a line of
 * JSON, `{partition, numbers}`, for every batch.
 */
const options = JSON.parse(process.argv[2]) as Omit<GroupConsumerOptions, 'onBatch'>;
new GroupConsumer({
  ...options,
  onBatch: (partition, numbers) => process.stdout.write(`${JSON.stringify({ partition, numbers })}\n`),
});
