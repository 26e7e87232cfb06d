import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageVersion } from './packages.ts';
import { UserError } from './validate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-package-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
}

describe('packageVersion', () => {
  it('stays the same for the same files, in whatever order they came', () => {
    write('b/two.js', '2');
    write('a.js', '1');
    const version = packageVersion(folder);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    rmSync(join(folder, 'a.js'));
    write('a.js', '1');
    expect(packageVersion(folder)).toBe(version);
  });

  it('changes with a content, a name, a place and what a link leads to', () => {
    write('a.js', '1');
    const versions = [packageVersion(folder)];
    write('a.js', '2');
    versions.push(packageVersion(folder));
    rmSync(join(folder, 'a.js'));
    write('b.js', '2');
    versions.push(packageVersion(folder));
    rmSync(join(folder, 'b.js'));
    write('lib/b.js', '2');
    versions.push(packageVersion(folder));
    symlinkSync('lib', join(folder, 'link'));
    versions.push(packageVersion(folder));
    rmSync(join(folder, 'link'));
    symlinkSync('.', join(folder, 'link'));
    versions.push(packageVersion(folder));
    expect(new Set(versions).size).toBe(6);
  });

  it('says what to do where there is no package', () => {
    const missing = join(folder, 'missing');
    expect(() => packageVersion(missing)).toThrow(UserError);
    expect(() => packageVersion(missing)).toThrow(
      `There is no deployment package ${missing}. Build the packages first`,
    );
  });
});
