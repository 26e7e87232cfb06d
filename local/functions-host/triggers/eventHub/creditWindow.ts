import { createRequire } from 'node:module';

/** The part of an AMQP receiver of `rhea` that matters here. */
interface AmqpReceiver {
  /** Events that the sender may still send. */
  credit: number;
  add_credit(credit: number): void;
}

let installed = false;

/**
 * Makes `prefetchCount` the most events that are on their way. `@azure/event-hubs` asks for so many more with every read,
 * also while those of the read before are still to come, so that the events in memory have no bound when the function
 * is slower than the hub. What it asks for is taken as the number that it wants outstanding; only what is missing is
 * added. Azure's own host keeps the bound as well: its client counts.
 */
export function boundCredit(): void {
  if (installed) return;
  installed = true;
  const require = createRequire(import.meta.url);
  const { Receiver } = require('rhea/lib/link.js') as { Receiver: { prototype: AmqpReceiver } };
  const { add_credit } = Receiver.prototype;
  Receiver.prototype.add_credit = function (wanted) {
    const missing = wanted - this.credit;
    if (missing > 0) add_credit.call(this, missing);
  };
}
