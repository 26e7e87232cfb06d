import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCommand } from './testing/runCommand.ts';

const ROOT = dirname(import.meta.dirname);
let folder: string;

/** A project with our settings and tools, and files of its own. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-format-'));
  for (const file of ['package.json', '.prettierrc.json', '.prettierignore'])
    await cp(join(ROOT, file), join(folder, file));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('npm run format mends source files and leaves prose alone', async () => {
  await writeFile(join(folder, 'long.ts'), `export const  text = "it's"\n`);
  await writeFile(join(folder, 'prose.md'), '*  one\n');
  const { code, output } = await runCommand('npm run format', { cwd: folder });
  expect(output).toContain('long.ts');
  expect(code).toBe(0);
  expect(await readFile(join(folder, 'long.ts'), 'utf8')).toBe(`export const text = "it's";\n`);
  expect(await readFile(join(folder, 'prose.md'), 'utf8')).toBe('*  one\n');
});
