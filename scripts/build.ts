import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, stop, type Metafile } from 'esbuild';

const root = dirname(import.meta.dirname);
const require = createRequire(import.meta.url);

/** Loaded from node_modules at run time, because it carries native libraries. */
const NATIVE = ['onnxruntime-node', 'onnxruntime-common'];

/** What each app is bundled from, and files that go beside the bundle; `dist/<app>` is its deployment package. */
const APPS = {
  api: { entries: { main: 'runtime/api/main.ts' }, files: [] },
  functions: {
    entries: { main: 'runtime/functions/main.ts', trainWorker: 'runtime/functions/trainWorker.ts' },
    files: ['runtime/functions/host.json'],
  },
} as const;
type App = keyof typeof APPS;

/**
 * Builds the deployment packages `dist/api`, `dist/functions` and `dist/workflows`; an app none of whose inputs has
 * changed is left as it is. With `native` they also carry the native libraries for Linux x64, which App Service and
 * Functions need; here they are found in node_modules.
 */
export async function buildPackages({ native }: { native: boolean }): Promise<void> {
  const apps = Object.keys(APPS) as App[];
  try {
    await Promise.all([...apps.map((app) => buildApp(app, native)), copyWorkflows()]);
  } finally {
    // esbuild keeps a process of several hundred megabytes for the next build.
    await stop();
  }
}

async function buildApp(app: App, native: boolean): Promise<void> {
  const recordFile = join(root, 'dist', `${app}.inputs.json`);
  const options = { native, builder: await readFile(import.meta.filename, 'utf8') };
  if (await isCurrent(recordFile, options)) return;

  const outdir = join(root, 'dist', `.${app}-${process.pid}`);
  await mkdir(outdir, { recursive: true });
  const { metafile } = await bundle(app, outdir);
  const manifest = { name: `attune-${app}`, version: '0.1.0', private: true, type: 'module', main: 'main.mjs' };
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of APPS[app].files) await cp(join(root, file), join(outdir, file.slice(file.lastIndexOf('/') + 1)));
  if (native) await copyNative(outdir);

  // Put in place in one step, so that an app that is running never sees half a package.
  await rm(join(root, 'dist', app), { recursive: true, force: true });
  await rename(outdir, join(root, 'dist', app));
  const inputs = await fingerprints([...Object.keys(metafile.inputs), ...APPS[app].files]);
  await writeFile(recordFile, JSON.stringify({ options, inputs } satisfies BuildRecord));
}

async function bundle(app: App, outdir: string): Promise<{ metafile: Metafile }> {
  return build({
    absWorkingDir: root,
    entryPoints: APPS[app].entries,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: [...NATIVE, '@azure/functions-core'],
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    // What bundled CommonJS modules ask for and ESM does not have.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
  });
}

/** What a package was built from. */
interface BuildRecord {
  options: { native: boolean; builder: string };
  /** File to its size and time of change. */
  inputs: Record<string, string>;
}

async function isCurrent(recordFile: string, options: BuildRecord['options']): Promise<boolean> {
  const text = await readFile(recordFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return false;
  const record = JSON.parse(text) as BuildRecord;
  if (JSON.stringify(record.options) !== JSON.stringify(options)) return false;
  const now = await fingerprints(Object.keys(record.inputs));
  return Object.entries(record.inputs).every(([file, fingerprint]) => now[file] === fingerprint);
}

async function fingerprints(files: string[]): Promise<Record<string, string>> {
  const entries = files.map(async (file) => {
    const stats = await stat(join(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return [file, stats ? `${stats.size} ${stats.mtimeMs}` : 'missing'] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function copyNative(outdir: string): Promise<void> {
  const unused = /bin\/napi-v\d+\/(?!linux(\/x64(\/|$)|$))|node_modules\/onnxruntime-node\/(lib\/.*\.ts|script)/;
  for (const name of NATIVE) {
    const source = join(dirname(require.resolve('onnxruntime-node/package.json')), '..', name);
    const filter = (path: string) => !unused.test(path.replaceAll('\\', '/')) || path === source;
    await cp(source, join(outdir, 'node_modules', name), { recursive: true, filter });
  }
}

async function copyWorkflows(): Promise<void> {
  const outdir = join(root, 'dist/workflows');
  await rm(outdir, { recursive: true, force: true });
  await cp(join(root, 'runtime/workflows'), outdir, {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts') && !path.endsWith('.md'),
  });
}

if (import.meta.main) await buildPackages({ native: process.argv.includes('--native') });
