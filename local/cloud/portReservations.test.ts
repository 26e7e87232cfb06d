import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { PortReservations } from './portReservations.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-ports-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('gives a port to one stack at a time', () => {
  const folder = temporaryFolder();
  const [first, second] = [new PortReservations(folder), new PortReservations(folder)];
  expect(first.take(8080)).toBe(true);
  expect(second.take(8080)).toBe(false);
  expect(second.take(8081)).toBe(true);
  first.releaseAll();
  expect(second.take(8080)).toBe(true);
});

it('takes over what a stack that was killed had reserved', () => {
  const folder = temporaryFolder();
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(join(folder, '8080'), String(pid));
  expect(new PortReservations(folder).take(8080)).toBe(true);
});
