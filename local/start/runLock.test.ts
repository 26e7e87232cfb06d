import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireRunLock } from './runLock.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'attune-lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('acquireRunLock', () => {
  it('lets one stack run per data folder and says who runs', () => {
    const dataDir = join(folder, 'data');
    const release = acquireRunLock(dataDir);
    expect(() => acquireRunLock(dataDir)).toThrow(
      `Attune already runs with the data folder ${dataDir} (process ${process.pid}).`,
    );
    release();
    acquireRunLock(dataDir)();
    expect(existsSync(join(dataDir, 'run.lock'))).toBe(false);
  });

  it('takes over the lock of a stack that was killed', () => {
    // Larger than any process id of Linux.
    writeFileSync(join(folder, 'run.lock'), '999999999');
    acquireRunLock(folder)();
  });

  it('names a folder that cannot be made', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => acquireRunLock(join(file, 'data'))).toThrow(/data folder .* cannot be made \(ENOTDIR\).*--data DIR/);
    if (process.getuid?.() !== 0) {
      const closed = join(folder, 'closed');
      mkdirSync(closed);
      chmodSync(closed, 0o500);
      expect(() => acquireRunLock(join(closed, 'data'))).toThrow(/cannot be made \(EACCES\)/);
    }
  });
});
