import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stop } from 'esbuild';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildApp, type AppBuild } from './buildApp.ts';

let root: string;
let app: AppBuild;

/** A project of three files: `main.ts` imports `greeting.ts`, and `host.json` goes beside the bundle. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'attune-build-'));
  write('src/main.ts', "import { greeting } from './greeting.ts';\nexport const text: string = greeting;\n");
  write('src/greeting.ts', "export const greeting = 'hello';\n");
  write('src/host.json', '{"version":"2.0"}');
  app = {
    name: 'app',
    root,
    outDir: join(root, 'dist'),
    entries: { main: 'src/main.ts' },
    files: ['src/host.json'],
    native: false,
  };
});
afterEach(() => rmSync(root, { recursive: true }));
afterAll(() => stop());

let writes = 0;

/** Each write is a second later than the one before, however coarse the clock of the file system. */
function write(file: string, text: string): void {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  writes += 1;
  utimesSync(path, writes, writes);
}

const read = (file: string) => readFileSync(join(root, 'dist', file), 'utf8');
/** The folder itself is another one after a build. */
const identity = () => statSync(join(root, 'dist/app')).ino;

async function run(): Promise<string> {
  const { text } = (await import(`${join(root, 'dist/app/main.mjs')}?${(writes += 1)}`)) as { text: string };
  return text;
}

describe('buildApp', () => {
  it('makes a folder with the bundle, its source map, the package file and the other files', async () => {
    expect(await buildApp(app)).toBe(true);
    expect(readdirSync(join(root, 'dist')).sort()).toEqual(['app', 'app.inputs.json']);
    expect(readdirSync(join(root, 'dist/app')).sort()).toEqual([
      'host.json',
      'main.mjs',
      'main.mjs.map',
      'package.json',
    ]);
    expect(JSON.parse(read('app/package.json'))).toMatchObject({ main: 'main.mjs', type: 'module' });
    expect(read('app/host.json')).toBe('{"version":"2.0"}');
    expect(await run()).toBe('hello');
  });

  it('leaves a package alone as long as nothing that it is made of changes', async () => {
    await buildApp(app);
    const before = identity();
    write('src/unrelated.ts', 'export {};');
    expect(await buildApp(app)).toBe(false);
    expect(identity()).toBe(before);
  });

  it('builds again when a file changes that is only imported', async () => {
    await buildApp(app);
    write('src/greeting.ts', "export const greeting = 'howdy';\n");
    expect(await buildApp(app)).toBe(true);
    expect(await run()).toBe('howdy');
  });

  it.each([
    ['a file beside the bundle changes', () => write('src/host.json', '{"version":"3.0"}')],
    ['an input was deleted and written again', () => write('src/greeting.ts', "export const greeting = 'hello';\n")],
    ['the package was deleted', () => rmSync(join(root, 'dist/app'), { recursive: true })],
    ['the record of its inputs was deleted', () => rmSync(join(root, 'dist/app.inputs.json'))],
    ['the record of its inputs was cut off', () => write('dist/app.inputs.json', '{"native":fal')],
    ['the native modules are asked for', () => (app.native = true)],
  ])('builds again when %s', async (_, change) => {
    await buildApp(app);
    change();
    expect(await buildApp(app)).toBe(true);
    expect(read('app/host.json')).toBe(readFileSync(join(root, 'src/host.json'), 'utf8'));
    expect(await buildApp(app)).toBe(false);
  });

  it.each([
    ['a fault of syntax', 'export const = 1;', 'src/greeting.ts:1:14: Expected identifier but found "="'],
    ['an import of nothing', "import './nothing.ts';", 'src/greeting.ts:1:8: Could not resolve "./nothing.ts"'],
  ])('names %s in one line, and keeps the package that is there', async (_, source, fault) => {
    await buildApp(app);
    const before = identity();
    write('src/greeting.ts', source);
    await expect(buildApp(app)).rejects.toThrow(
      expect.objectContaining({ name: 'BuildError', message: `The package app cannot be built: ${fault}` }) as Error,
    );
    expect(identity()).toBe(before);
    expect(readdirSync(join(root, 'dist')).sort()).toEqual(['app', 'app.inputs.json']);
    expect(await run()).toBe('hello');
  });

  it('ends with a whole package when several build it at once', async () => {
    const built = await Promise.all([buildApp(app), buildApp(app), buildApp(app), buildApp(app)]);
    expect(built).toEqual([true, true, true, true]);
    expect(readdirSync(join(root, 'dist')).sort()).toEqual(['app', 'app.inputs.json']);
    expect(await run()).toBe('hello');
    expect(await buildApp(app)).toBe(false);
  });

  it('has source maps that lead to the sources from where the package is, and nowhere from elsewhere', async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'attune-packages-'));
    try {
      const sources = async (folder: string) => {
        await buildApp({ ...app, outDir: folder });
        return (JSON.parse(readFileSync(join(folder, 'app/main.mjs.map'), 'utf8')) as { sources: string[] }).sources;
      };
      expect(await sources(join(root, 'dist/local'))).toEqual(['../../../src/greeting.ts', '../../../src/main.ts']);
      expect(await sources(outDir)).toEqual(['../../src/greeting.ts', '../../src/main.ts']);
    } finally {
      rmSync(outDir, { recursive: true });
    }
  });
});
