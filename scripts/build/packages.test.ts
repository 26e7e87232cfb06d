import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../local/cloud/ports.ts';
import { startHostProcess } from '../../local/functions-host/testing/hostProcess.ts';
import { startLocalServices, type LocalServices } from '../../local/functions-host/testing/localServices.ts';
import { CONSUMER_GROUPS, CONTAINERS, DATABASE, FUNCTIONS, HUBS } from '../../runtime/contracts/names.ts';
import { trainInWorker } from '../../runtime/functions/training/workerTrainer.ts';
import { DecayedCounts } from '../../runtime/scoring/popularity.ts';
import { defaultRecommenderSettings } from '../../runtime/scoring/settings.ts';
import { TransitionTable } from '../../runtime/scoring/transitions.ts';
import { runCommand } from '../testing/runCommand.ts';

const WAIT = { timeout: 15_000, interval: 50 };
const ROOT = dirname(dirname(import.meta.dirname));
/** Outside the repository, so that no package finds the modules that are installed there. */
const out = mkdtempSync(join(tmpdir(), 'attune-packages-'));

let printed: string;

beforeAll(async () => {
  const { code, output } = await runCommand(`npm run build -- --out ${out}`, { cwd: ROOT });
  printed = output;
  if (code !== 0) throw new Error(`npm run build ended with code ${code}:\n${output}`);
}, 60_000);
afterAll(() => rmSync(out, { recursive: true }));

const read = (file: string) => readFileSync(join(out, file), 'utf8');
const readJson = <T>(file: string) => JSON.parse(read(file)) as T;

/** Files of a package, without those of the native modules. */
function filesOf(name: string, pattern = '**'): string[] {
  const paths = globSync(pattern, { cwd: join(out, name), exclude: ['node_modules'] });
  return paths.filter((path) => statSync(join(out, name, path)).isFile()).sort();
}

describe('npm run build', () => {
  it('makes three packages and says so', () => {
    expect(printed).toContain('api: built\n');
    expect(printed).toContain('functions: built\n');
    expect(printed).toContain('workflows: built\n');
  });

  it('refuses what it does not know with one line', async () => {
    const { code, output } = await runCommand('npm run build --silent -- --native', { cwd: ROOT });
    expect(code).toBe(1);
    expect(output.trim().split('\n').at(-1)).toBe(
      "Unknown option '--native'; allowed: npm run build -- [--out DIR]   (DIR: folder of the packages, default dist)",
    );
  });

  it('puts into each package what its service needs, and nothing else', () => {
    expect(filesOf('api')).toEqual(['main.mjs', 'main.mjs.map', 'package.json']);
    expect(filesOf('functions')).toEqual([
      'host.json',
      'main.mjs',
      'main.mjs.map',
      'package.json',
      'trainWorker.mjs',
      'trainWorker.mjs.map',
    ]);
    const workflows = filesOf('workflows').filter((file) => !file.endsWith('/workflow.json'));
    expect(workflows).toEqual(['connections.json', 'host.json', 'parameters.json']);
    const folders = globSync('*/workflow.json', { cwd: join(ROOT, 'runtime/workflows') });
    expect(filesOf('workflows', '*/workflow.json')).toEqual(folders.sort());
    expect(folders).not.toEqual([]);
  });

  it.each(['api', 'functions'])('%s: package.json names the module to start', (name) => {
    const { main, type } = readJson<{ main: string; type: string }>(`${name}/package.json`);
    expect(filesOf(name)).toContain(main);
    expect(type).toBe('module');
  });

  it.each(['api', 'functions'])('%s: carries the native libraries of Linux x64 alone', (name) => {
    const modules = join(out, name, 'node_modules');
    const libraries = globSync('**/*.{node,so,so.*,dll,dylib}', { cwd: modules });
    expect(libraries.sort()).toEqual([
      'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      'onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
    ]);
    for (const library of libraries) {
      // ELF for x86-64, by the header's magic number and its field e_machine.
      const header = readFileSync(join(modules, library)).subarray(0, 20);
      expect(header.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
      expect(header.readUInt16LE(18)).toBe(0x3e);
    }
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const { version } = readJson<{ version: string }>(`${name}/node_modules/onnxruntime-node/package.json`);
    expect(version).toBe(dependencies['onnxruntime-node']);
  });

  it.each(['api', 'functions'])(
    '%s: contains no test, nothing of the local target and no path of this machine',
    (name) => {
      const maps = globSync('**/*.map', { cwd: join(out, name) });
      expect(maps).toContain('main.mjs.map');
      for (const map of maps) {
        const { sources, sourcesContent } = readJson<{ sources: string[]; sourcesContent?: string[] }>(
          `${name}/${map}`,
        );
        expect(sources.filter((source) => /^(\/|[a-z]:|file:)/i.test(source))).toEqual([]);
        if (map.startsWith('node_modules/')) continue;
        expect(sourcesContent).toBeUndefined();
        const allowed = /^\.\.\/\.\.\/(runtime|node_modules)\/(?!.*\.test\.ts$)|^webpack:\/\/@azure\//;
        expect(
          sources.filter((source) => !allowed.test(source) || /^[./]*runtime\/.*\/testing\//.test(source)),
        ).toEqual([]);
      }
      const quoted = ROOT.replace(/[^\w/]/g, '\\$&');
      const repository = new RegExp(`(?<![\\w.@-])${quoted}/`);
      for (const file of filesOf(name)) expect(repository.test(read(`${name}/${file}`)), file).toBe(false);
    },
  );

  it.each(['api', 'functions'])('%s: imports only what Node, the host and the package itself have', (name) => {
    const importsOf = (file: string) =>
      [...read(`${name}/${file}`).matchAll(/^(?:import|export)\s(?:[^'"\n]*\sfrom\s)?["']([^"'\n]+)["']/gm)].map(
        ([, id]) => id,
      );
    const imported = new Set(filesOf(name, '*.mjs').flatMap(importsOf));
    expect([...imported].filter((id) => !isBuiltin(id))).toEqual(['onnxruntime-node']);
  });
});

interface Manifest {
  dependencies: Record<string, string>;
}

/** Files with native code that a process of this machine has loaded. */
function loadedLibraries(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  return [...new Set([...maps.matchAll(/\s(\/\S*onnxruntime\S*)$/gm)].map(([, path]) => path))];
}

describe('a package outside the repository', () => {
  it('api: starts, with its own onnxruntime, and answers while no service can be reached', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, ['main.mjs'], {
      cwd: join(out, 'api'),
      env: {
        API_HOST: '127.0.0.1',
        PORT: String(port),
        API_ALLOW_LOOPBACK: 'true',
        EventHubs: 'Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true',
        Cosmos: 'AccountEndpoint=http://127.0.0.1:9/;AccountKey=a2V5;',
        Registry: 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:9/a;',
        EventGrid__topicEndpointUri: 'http://127.0.0.1:9/',
        EventGrid__topicKey: 'a2V5',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const log = text(child.stderr);
    const ended = once(child, 'exit');
    try {
      await expect
        .poll(() => fetch(`http://127.0.0.1:${port}/health/live`).then(({ status }) => status, String), WAIT)
        .toBe(200);
      expect(loadedLibraries(child.pid ?? 0).every((path) => path.startsWith(`${out}/api/node_modules/`))).toBe(true);
      expect(loadedLibraries(child.pid ?? 0)).not.toEqual([]);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`The API in a package logged:\n${await log}`, { cause: error });
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });

  describe('functions', () => {
    let services: LocalServices;
    beforeAll(async () => {
      services = await startLocalServices({ name: HUBS.interactions, consumerGroup: CONSUMER_GROUPS.interactions[0] });
      await services.cosmos.databases.create({ id: DATABASE });
      for (const { name, partitionKey } of Object.values(CONTAINERS)) {
        await services.cosmos
          .database(DATABASE)
          .containers.create({ id: name, partitionKey: { paths: [partitionKey] } });
      }
    });
    afterAll(() => services.stop());

    it('registers every function that the sources have, and serves', async () => {
      const settings = {
        ...services.settings,
        EventGrid__topicEndpointUri: 'http://127.0.0.1:9/',
        EventGrid__topicKey: 'a2V5',
      };
      const host = await startHostProcess({ appDir: join(out, 'functions'), folder: services.folder, settings });
      try {
        const names = (await host.describe()).map(({ name }) => name);
        expect(names.sort()).toEqual(Object.values(FUNCTIONS).sort());
        expect(await (await fetch(`${host.url}/api/health`)).json()).toEqual({ status: 'ok' });
      } finally {
        await host.process.stop();
      }
    });

    it('trains in a thread of its own, with its own onnxruntime', async () => {
      const settings = { ...defaultRecommenderSettings, minimumSupport: 1 };
      const artefacts = await trainInWorker(pathToFileURL(join(out, 'functions/trainWorker.mjs')), {
        users: ['a', 'b', 'c'].map((id) => ({
          id,
          items: [
            ['x', 1, 1, 1],
            ['y', 1, 2, 2],
            ['z', 1, 3, 3],
          ],
        })),
        transitions: new TransitionTable(24),
        popularity: new DecayedCounts(1_000),
        settings,
        version: 'v1',
        createdAt: '2026-01-01T00:00:00Z',
        cursors: {},
      });
      expect(artefacts.manifest.version).toBe('v1');
      expect(artefacts.graph.byteLength).toBeGreaterThan(0);
      const resolved = createRequire(join(out, 'functions/main.mjs')).resolve('onnxruntime-node');
      expect(resolved).toBe(join(out, 'functions/node_modules/onnxruntime-node/dist/index.js'));
    });
  });
});
