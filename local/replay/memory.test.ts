import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { MemoryWatch } from './memory.ts';

const MIB = 1024 ** 2;

it.runIf(process.platform === 'linux')('counts the memory of descendants, and remembers the peak', async () => {
  const watch = new MemoryWatch();
  await watch.sample();
  const alone = watch.peakBytes ?? 0;
  expect(alone).toBeGreaterThan(10 * MIB);

  const script =
    'const held = Buffer.alloc(200 * 1024 ** 2, 1); console.log(held.length); setInterval(() => held, 1e6);';
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await watch.sample();
  const together = watch.peakBytes ?? 0;
  expect(together - alone).toBeGreaterThan(150 * MIB);

  child.kill();
  await once(child, 'exit');
  await watch.sample();
  expect(watch.peakBytes).toBeGreaterThanOrEqual(together);
  watch.stop();
});
