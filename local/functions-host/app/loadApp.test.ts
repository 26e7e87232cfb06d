import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostError } from '../hostError.ts';
import { loadApp } from './loadApp.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-app-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function appWith(files: Record<string, string>): string {
  const appDir = mkdtempSync(join(folder, 'app-'));
  mkdirSync(join(appDir, 'dist'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(appDir, name), content);
  return appDir;
}

const load = (files: Record<string, string>) => loadApp(appWith(files), () => undefined);
const main = (glob: string) => ({ 'package.json': JSON.stringify({ main: glob }) });

describe('loadApp', () => {
  it('runs every file that the glob names, in the order of their names', async () => {
    const order: string[] = [];
    Object.assign(globalThis, { loadOrder: order });
    const file = (name: string) => `globalThis.loadOrder.push('${name}')`;
    const files = { 'dist/b.mjs': file('b'), 'dist/a.cjs': file('a'), 'dist/c.txt': 'not loaded' };
    await expect(load({ ...main('dist/*.{cjs,mjs}'), ...files })).rejects.toThrow(
      'No job functions found. dist/a.cjs, dist/b.mjs must',
    );
    expect(order).toEqual(['a', 'b']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['without package.json', {}, 'Worker failed to load package.json: ENOENT'],
    ['with a broken package.json', { 'package.json': '{' }, 'package.json is not valid JSON'],
    ['without main', { 'package.json': '{}' }, 'package.json has no "main"'],
    [
      'whose main is a pattern that matches nothing',
      main('dist/*.js'),
      'Worker was unable to load entry point "dist/*.js": Found zero files matching the supplied pattern',
    ],
    [
      'for another Node',
      { 'package.json': JSON.stringify({ main: 'x.mjs', engines: { node: '20.x || 22.x' } }) },
      `Incompatible Node.js version ${process.version}. The app asks for "20.x || 22.x" (engines.node of`,
    ],
    [
      'whose range of Node versions is none',
      { 'package.json': JSON.stringify({ main: 'x.mjs', engines: { node: 'new' } }) },
      'engines.node must be a range of versions such as ">=24", not "new"',
    ],
    ['whose main is missing', main('x.js'), 'Worker was unable to load entry point "x.js": File does not exist'],
    ['that throws', { ...main('x.mjs'), 'x.mjs': "throw new Error('no setting X')" }, 'x.mjs": no setting X'],
    ['that is no JavaScript', { ...main('x.mjs'), 'x.mjs': 'function (' }, 'Worker was unable to load entry point'],
  ])('refuses an app %s', async (_, files, message) => {
    await expect(load(files)).rejects.toThrow(HostError);
    await expect(load(files)).rejects.toThrow(message);
  });

  it('refuses a folder that is not there', async () => {
    await expect(loadApp(join(folder, 'nowhere'), () => undefined)).rejects.toThrow('nowhere does not exist');
  });
});
