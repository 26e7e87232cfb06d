import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = dirname(import.meta.dirname);
const require = createRequire(import.meta.url);

/** Loaded from node_modules at run time, because it carries native libraries. */
const NATIVE = ['onnxruntime-node', 'onnxruntime-common'];

/** What each app is bundled from; `dist/<app>` is its deployment package. */
const BUNDLES = {
  api: { main: 'runtime/api/main.ts' },
  functions: { main: 'runtime/functions/main.ts', trainWorker: 'runtime/functions/trainWorker.ts' },
} as const;

/**
 * Builds the deployment packages `dist/api`, `dist/functions` and `dist/workflows`. With `native` they also carry the
 * native libraries for Linux x64, which App Service and Functions need; here they are found in node_modules.
 */
export async function buildPackages({ native }: { native: boolean }): Promise<void> {
  await Promise.all([
    buildApp('api', native),
    buildApp('functions', native).then(() =>
      cp(join(root, 'runtime/functions/host.json'), join(root, 'dist/functions/host.json')),
    ),
    copyWorkflows(),
  ]);
}

async function buildApp(app: keyof typeof BUNDLES, native: boolean): Promise<void> {
  const outdir = join(root, 'dist', app);
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: BUNDLES[app],
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: [...NATIVE, '@azure/functions-core'],
    sourcemap: true,
    logLevel: 'warning',
    // What bundled CommonJS modules ask for and ESM does not have.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
  });
  const manifest = { name: `attune-${app}`, version: '0.1.0', private: true, type: 'module', main: 'main.mjs' };
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  if (native) await copyNative(outdir);
}

async function copyNative(outdir: string): Promise<void> {
  const unused = /bin\/napi-v\d+\/(?!linux(\/x64)?(\/|$))|node_modules\/onnxruntime-node\/(lib\/.*\.ts|script)/;
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
