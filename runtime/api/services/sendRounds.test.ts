import { describe, expect, it, vi } from 'vitest';
import { SendRounds } from './sendRounds.ts';

/** A send that returns when it is told to; writes its start into `log`. */
function heldSend(name: string, log: string[]) {
  let release = () => {};
  const returned = new Promise<void>((resolve) => (release = resolve));
  const send = () => {
    log.push(name);
    return returned;
  };
  return { send, release };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('SendRounds', () => {
  it('sends what joined within one turn together, and a lone one without waiting', async () => {
    const log: string[] = [];
    const rounds = new SendRounds();
    const [a, b] = [heldSend('a', log), heldSend('b', log)];
    rounds.join(a.send);
    rounds.join(b.send);
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['a', 'b']);
  });

  it('holds the next ones back until all of a round have returned', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const log: string[] = [];
      const rounds = new SendRounds();
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => heldSend(name, log));
      rounds.join(a!.send);
      rounds.join(b!.send);
      await turn();
      rounds.join(c!.send);
      rounds.join(d!.send);
      a!.release();
      await turn();
      expect(log).toEqual(['a', 'b']);
      b!.release();
      await turn();
      await turn();
      expect(log).toEqual(['a', 'b', 'c', 'd']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not let a send that hangs hold back the others for good', async () => {
    const log: string[] = [];
    const rounds = new SendRounds();
    rounds.join(heldSend('hangs', log).send);
    await turn();
    rounds.join(heldSend('other', log).send);
    await vi.waitFor(() => expect(log).toEqual(['hangs', 'other']));
  });
});
