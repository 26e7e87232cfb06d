import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, posix } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import vitestConfig from '../../vitest.config.ts';
import { documentedCommands } from './commands.ts';
import { COVERAGE, howToCover, type Evidence } from './coverage.ts';
import { markdownFiles } from './markdown.ts';
import { runCommand } from '../testing/runCommand.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const files = markdownFiles(ROOT);
const commands = documentedCommands(files);
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const covered = Object.entries(COVERAGE);
const runHere = covered.flatMap(([command, how]) => ('prints' in how ? [{ command, prints: how.prints }] : []));
const runUntil = covered.flatMap(([command, how]) =>
  'printsAtLast' in how ? [{ command, until: how.printsAtLast }] : [],
);
const needAzure = covered.flatMap(([command, how]) =>
  'readsOnAzure' in how ? [{ command, reads: how.readsOnAzure }] : [],
);
const runElsewhere = covered.flatMap(([command, how]) => ('runBy' in how ? [{ command, evidence: how.runBy }] : []));

const isTest = (file: string) => (vitestConfig.test?.include ?? []).some((pattern) => matchesGlob(file, pattern));

/** What is wrong with a piece of evidence, or nothing. */
function faultOf({ file, has }: Evidence): string[] {
  if (!existsSync(join(ROOT, file))) return [`${file} does not exist`];
  const lines = read(file).split('\n');
  const code = lines.map((line) => line.trim()).filter((line) => !/^(#|\/\/|\/?\*)/.test(line));
  return has
    .filter((snippet) => !code.some((line) => (file === '.ci/run' ? line === snippet : line.includes(snippet))))
    .map((snippet) => `${file} has no line with: ${snippet}`);
}

describe('commands of the documentation', () => {
  beforeAll(() => {
    // The entry script of every command would install the packages again, under the tests that are running.
    const lock = createHash('sha256').update(read('package-lock.json')).digest('hex');
    const stamp = join(ROOT, 'node_modules/.attune-installed');
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
      throw new Error(
        'The packages are not those of package-lock.json. Run the tests by `npm test`, which installs them.',
      );
    }
  });

  it('are each run by a test or by CI', () => {
    const missing = commands.filter(({ command }) => !(command in COVERAGE));
    expect(missing.map(({ command, places }) => `${places.join(', ')}: ${howToCover(command)}`)).toEqual([]);
  });

  it('are all that scripts/docs/coverage.ts lists', () => {
    const documented = new Set(commands.map(({ command }) => command));
    expect(Object.keys(COVERAGE).filter((command) => !documented.has(command))).toEqual([]);
  });

  it.each(runElsewhere)('$command: what is listed as running it does', ({ evidence }) => {
    expect(evidence.flatMap(faultOf)).toEqual([]);
    const [{ file }] = evidence;
    if (file === '.ci/run') return;
    expect(isTest(file), `${file} is a test that \`npm test\` runs`).toBe(true);
    expect(read(file)).not.toMatch(/\.(skip|skipIf|runIf|todo|only)\b/);
  });

  it.each(needAzure)('$command: the files that it reads are there', ({ reads }) => {
    expect(reads).not.toEqual([]);
    expect(reads.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it.each(runHere)('$command: runs', async ({ command, prints }) => {
    const { code, output } = await runCommand(command, { cwd: ROOT });
    expect(output).toContain(prints);
    expect(code).toBe(0);
  });

  it.each(runUntil)('$command: runs until Ctrl-C', async ({ command, until }) => {
    expect((await runCommand(command, { cwd: ROOT, until })).output).toContain(until);
  });

  it('name scripts that package.json has, and .ci/run names no other', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...commands.map(({ command }) => command), ...read('.ci/run').split('\n')].flatMap((line) => {
      return /^npm (?:run (?:-s )?)?([\w:]+)/.exec(line)?.[1] ?? [];
    });
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    expect(named).toContain('bench');
  });

  it('.ci/run is a script that bash can read', async () => {
    expect(await runCommand('bash -n .ci/run && test -x .ci/run', { cwd: ROOT })).toEqual({ code: 0, output: '' });
  });
});

describe('paths of the documentation', () => {
  it('lead somewhere: relative links and their anchors', () => {
    const anchors = new Map(files.map(({ path, anchors }) => [path, anchors]));
    const broken = files.flatMap(({ path, links }) =>
      links.flatMap(({ text, line }) => {
        if (/^[a-z]+:/.test(text)) return [];
        const [target, anchor] = text.split('#');
        const file = target === '' ? path : posix.join(posix.dirname(path), target);
        if (!existsSync(join(ROOT, file))) return [`${path}:${line}: ${text} leads to ${file}, which does not exist`];
        const known = anchors.get(file);
        return anchor && known && !known.has(anchor) ? [`${path}:${line}: ${file} has no heading #${anchor}`] : [];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('exist: folders and files of the tree in inline code', () => {
    const top = new Set(topFolders());
    const missing = files.flatMap(({ path, codeSpans }) =>
      codeSpans
        .filter(({ text }) => top.has(text.split('/')[0]) && /^[\w./*-]+\/[\w./*-]*$/.test(text))
        .filter(({ text }) => globSync(text.replace(/\/$/, ''), { cwd: ROOT }).length === 0)
        .map(({ text, line }) => `${path}:${line}: ${text} does not exist`),
    );
    expect(missing).toEqual([]);
  });

  it('the map of the README has every folder, and no other', () => {
    const map = /^## Map\n([\s\S]*?)^## /m.exec(read('README.md'))?.[1] ?? '';
    const rows = map.split('\n').filter((line) => line.startsWith('| `'));
    const folders = rows.flatMap((row) => [...row.split('|')[1].matchAll(/`([^`]+)\/`/g)].map(([, folder]) => folder));
    expect(folders.sort()).toEqual(topFolders().sort());
  });
});

/** The folders of the tree that git keeps; hidden ones hold settings. */
function topFolders(): string[] {
  const ignored = read('.gitignore').split('\n');
  const entries = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => name).filter((name) => !name.startsWith('.') && !ignored.includes(`${name}/`));
}
