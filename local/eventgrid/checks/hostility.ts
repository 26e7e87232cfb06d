import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import { TEST_KEY } from '../testing/startService.ts';
import type { TestTopic } from '../testing/testGrid.ts';
import { idsOf, to, type Check, type Stage } from './check.ts';

/** A client of the topic's service that speaks no proper HTTP; it is closed at the end of the check. */
async function rawClient(topic: TestTopic): Promise<Socket> {
  const socket = connect(topic.grid.service.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const HEAD = (topic: TestTopic, length: number) =>
  `POST /${topic.name}/api/events HTTP/1.1\r\nHost: x\r\naeg-sas-key: ${TEST_KEY}\r\n` +
  `Content-Type: application/cloudevents+json\r\nContent-Length: ${length}\r\n\r\n`;

/** Lets a bad client do its worst while a good one publishes; the good one's events arrive, and nothing is logged as a fault. */
function undisturbed(name: string, attack: (topic: TestTopic) => Promise<unknown>): Check {
  return {
    name,
    async run(stage: Stage) {
      const log = vi.spyOn(console, 'error').mockReturnValue();
      onTestFinished(() => log.mockRestore());
      const hook = await stage.hook();
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      const attacks = Promise.all(Array.from({ length: 10 }, () => attack(topic)));
      await topic.publish('during');
      await attacks;
      await topic.publish('after');
      await topic.settled({ matched: 2, delivered: 2 });
      expect(idsOf(hook).toSorted()).toEqual(['after', 'during']);
      expect(log).not.toHaveBeenCalled();
    },
  };
}

export const hostilityChecks: Check[] = [
  undisturbed('a client that sends what is not HTTP disturbs no other', async (topic) => {
    const socket = await rawClient(topic);
    const answer = once(socket, 'data');
    socket.write(Buffer.from([0, 255, 13, 10, 13, 10, 1, 2, 3]));
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 400 /);
  }),
  undisturbed('a client that stops in the middle of its request disturbs no other', async (topic) => {
    const socket = await rawClient(topic);
    socket.write(`${HEAD(topic, 1000)}{"id":`);
  }),
  undisturbed('a client that hangs up in the middle of its request disturbs no other', async (topic) => {
    const socket = await rawClient(topic);
    socket.write(`${HEAD(topic, 1000)}{"id":`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
  }),
  undisturbed('a client that sends 20 MB is cut off and disturbs no other', async (topic) => {
    const socket = await rawClient(topic);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(HEAD(topic, 20 * 1024 * 1024));
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    for (let sent = 0; sent < 20 && !socket.destroyed; sent += 1) {
      if (socket.write(chunk)) continue;
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    await closed;
  }),
  undisturbed(
    'CloudEvents with missing and wrong members are refused one by one and disturb no other',
    async (topic) => {
      const good = { specversion: '1.0', id: '1', source: '/s', type: 't' };
      const bad: unknown[] = [
        null,
        5,
        'text',
        [],
        {},
        { ...good, id: 7 },
        { ...good, type: null },
        { ...good, source: {} },
      ];
      for (const event of bad) {
        const response = await fetch(topic.endpoint, {
          method: 'POST',
          headers: { 'aeg-sas-key': TEST_KEY, 'content-type': 'application/cloudevents+json' },
          body: JSON.stringify(event),
        });
        expect([response.status, (await response.text()).length > 0]).toEqual([400, true]);
      }
    },
  ),
  {
    name: 'an endpoint that answers nonsense, hangs up or sends without end is a failed or a good delivery like any other',
    async run(stage) {
      const hook = await stage.hook({
        answer: ({ body }) => {
          const { id } = body as { id: string };
          if (id === 'cut') return { status: 200, cut: true };
          if (id === 'endless') return { status: 200, endless: true };
          if (id === 'large') return { status: 200, body: 'x'.repeat(5_000_000) };
          return { status: id === 'teapot' ? 418 : 204 };
        },
      });
      const topic = await stage.topic();
      await topic.subscribe({ destination: to(hook) });
      await topic.publish('cut', 'endless', 'large', 'teapot', 'good');
      await topic.settled({ delivered: 3, retrying: 2 });
    },
  },
];
