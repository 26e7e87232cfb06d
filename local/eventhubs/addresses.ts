import { AmqpError, Condition, entityNotFound } from './amqp/conditions.ts';

/** What a link is attached to, by the address that clients use for it. Names compare without case. */
export type Address =
  | { node: 'cbs' }
  | { node: 'management'; hub?: string }
  | { node: 'hub'; hub: string; partition?: number }
  | { node: 'consumerGroup'; hub: string; group: string; partition: number };

/**
 * Reads `$cbs`, `$management`, `<hub>/$management`, `<hub>`, `<hub>/Partitions/<n>` and
 * `<hub>/ConsumerGroups/<group>/Partitions/<n>`, alone or as a URI.
 * @throws {AmqpError} `amqp:not-found` for any other form
 */
export function parseAddress(address: string | undefined): Address {
  const path = pathOf(address ?? '');
  const [first, second, third, fourth, fifth, ...more] = path.split('/');
  const lower = first.toLowerCase();
  if (lower === '$cbs' && second === undefined) return { node: 'cbs' };
  if (lower === '$management' && second === undefined) return { node: 'management' };
  if (first !== '' && !first.startsWith('$') && more.length === 0) {
    if (second === undefined) return { node: 'hub', hub: first };
    const kind = second.toLowerCase();
    if (kind === '$management' && third === undefined) return { node: 'management', hub: first };
    if (kind === 'partitions' && third && fourth === undefined) {
      return { node: 'hub', hub: first, partition: partitionNumber(third) };
    }
    if (kind === 'consumergroups' && third && fourth?.toLowerCase() === 'partitions' && fifth) {
      return { node: 'consumerGroup', hub: first, group: third, partition: partitionNumber(fifth) };
    }
  }
  throw entityNotFound(path);
}

/** Path of an address or audience without scheme, host and slashes at its ends. */
export function pathOf(address: string): string {
  const path = address.replace(/^[a-z]+:\/\/[^/]*/i, '');
  return path.replace(/^\/+|\/+$/g, '');
}

function partitionNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AmqpError(Condition.argumentOutOfRange, `The partition '${text}' is not a number.`);
}
