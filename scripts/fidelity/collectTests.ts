import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { NamedCheck } from './collectChecks.ts';

interface ListedTest {
  /** `suite > … > test`. */
  name: string;
  file: string;
}

/** Tests of a service without a table of checks, one for each sentence of its test files, as vitest lists them. */
export async function collectTests(projectDir: string, folder: string): Promise<NamedCheck[]> {
  const vitest = join(projectDir, 'node_modules', 'vitest', 'vitest.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'list', folder, '--json'], {
    cwd: projectDir,
    maxBuffer: 16 * 1024 * 1024,
  });
  const listed = JSON.parse(stdout.slice(stdout.indexOf('['))) as ListedTest[];
  // Files come in any order, the tests of a file in its own.
  return listed
    .sort((a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)))
    .filter(({ name }) => isSentence(name))
    .map(({ name, file }) => ({
      name: name.replaceAll(' > ', ' ').replaceAll(/%\w|\$\w+/g, '…'),
      fidelity: 'like Azure' as const,
      file: relative(projectDir, file).replaceAll('\\', '/'),
    }));
}

/** Tests in a suite; a table of tests counts once, by what its rows have in common. */
function isSentence(name: string): boolean {
  const [, test] = name.split(' > ');
  return test !== undefined && test.includes(' ');
}
