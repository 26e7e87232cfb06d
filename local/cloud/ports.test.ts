import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, isFree } from './ports.ts';

let holder: Server;
let taken: number;

beforeEach(async () => {
  holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  taken = (holder.address() as AddressInfo).port;
});
afterEach(() => new Promise((resolve) => holder.close(resolve)));

describe('freePort', () => {
  it('takes the first preferred port that is free', async () => {
    const free = await freePort();
    expect(await freePort(undefined, taken, free, taken)).toBe(free);
  });

  it('takes any other when all preferred ones are taken', async () => {
    const port = await freePort(taken);
    expect(port).not.toBe(taken);
    expect(await isFree(port)).toBe(true);
  });
});

describe('isFree', () => {
  it('says whether a port can be bound, and leaves it so', async () => {
    expect(await isFree(taken)).toBe(false);
    const port = await freePort();
    expect(await isFree(port)).toBe(true);
    expect(await isFree(port)).toBe(true);
  });

  it('refuses what is no port', async () => {
    await expect(isFree(65_536)).rejects.toThrow('65536');
  });
});
