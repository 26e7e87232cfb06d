import { expect } from 'vitest';
import { HOUR, idsOf, to, type Check } from './check.ts';

export const expirationChecks: Check[] = [
  {
    name: 'from its expirationTimeUtc on a subscription gets nothing that is published, others of the topic go on',
    async run(stage) {
      const [hook, other] = [await stage.hook(), await stage.hook()];
      const topic = await stage.topic();
      const expirationTimeUtc = new Date(stage.clock.now() + HOUR).toISOString();
      await topic.subscribe({ destination: to(hook), expirationTimeUtc });
      await topic.subscribe({ name: 'other', destination: to(other) });
      await topic.publish('before');
      await topic.settled({ delivered: 1 });
      stage.clock.advance(HOUR);
      await topic.publish('after');
      await topic.settled({ delivered: 2 }, 'other');
      expect(topic.describe()).toMatchObject({ expired: true, matched: 1, delivered: 1 });
      expect(idsOf(hook)).toEqual(['before']);
    },
  },
  {
    name: 'what was accepted before a subscription expired is still delivered or dead-lettered (not documented for Azure)',
    fidelity: 'differs',
    async run(stage) {
      const hook = await stage.hook({ answer: (_request, count) => ({ status: count === 1 ? 500 : 200 }) });
      const topic = await stage.topic();
      const expirationTimeUtc = new Date(stage.clock.now() + 5_000).toISOString();
      await topic.subscribe({ destination: to(hook), expirationTimeUtc });
      await topic.publish('1');
      await topic.settled({ retrying: 1 });
      await topic.passToNextAttempt();
      await topic.settled({ expired: true, delivered: 1, pending: 0 });
    },
  },
  {
    name: 'an expiration time that is past, or no time, is refused, but an expired subscription may be put again as it is',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      const put = (expirationTimeUtc: string) => topic.put({ destination: to(hook), expirationTimeUtc });
      await expect(put(new Date(stage.clock.now()).toISOString())).rejects.toThrow(
        /Invalid expiration time: .* not in the future/,
      );
      await expect(put('soon')).rejects.toThrow(/Invalid expiration time: expirationTimeUtc is "soon"/);
      const time = new Date(stage.clock.now() + HOUR).toISOString();
      await put(time);
      stage.clock.advance(2 * HOUR);
      await put(time);
      expect(topic.describe()).toMatchObject({ expired: true });
    },
  },
  {
    name: 'an expired subscription lives on when it gets a later expiration time',
    async run(stage) {
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({
        destination: to(hook),
        expirationTimeUtc: new Date(stage.clock.now() + 1).toISOString(),
      });
      stage.clock.advance(1);
      expect(topic.describe()).toMatchObject({ expired: true });
      await topic.subscribe({
        destination: to(hook),
        expirationTimeUtc: new Date(stage.clock.now() + HOUR).toISOString(),
      });
      await topic.publish('1');
      await topic.settled({ delivered: 1 });
    },
  },
];
