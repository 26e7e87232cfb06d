import { cp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stop } from 'esbuild';
import { buildApp } from './buildApp.ts';
import { putInPlace } from './putInPlace.ts';

const root = dirname(dirname(import.meta.dirname));

/** What each app is bundled from, and files that go beside the bundles. */
const APPS = {
  api: { entries: { main: 'runtime/api/main.ts' }, files: [] },
  functions: {
    entries: { main: 'runtime/functions/main.ts', trainWorker: 'runtime/functions/trainWorker.ts' },
    files: ['runtime/functions/host.json'],
  },
};

export interface PackagesOptions {
  /** Whether the packages carry the native libraries for Linux x64, which App Service and Functions need. */
  native: boolean;
  /** Folder of the packages. */
  outDir: string;
}

/**
 * Builds the deployment packages `api`, `functions` and `workflows` of the project; an app none of whose inputs has changed
 * is left as it is. Returns the packages that were built.
 * @throws {BuildError} with one line for each fault of the sources.
 */
export async function buildPackages({ native, outDir }: PackagesOptions): Promise<string[]> {
  try {
    const apps = Object.entries(APPS).map(async ([name, app]) => {
      return (await buildApp({ name, root, outDir, native, ...app })) ? [name] : [];
    });
    return (await Promise.all([...apps, copyWorkflows(outDir)])).flat();
  } finally {
    // esbuild keeps a process of several hundred megabytes for the next build.
    await stop();
  }
}

/** A Logic Apps project is deployed as it is written; documentation and tests stay behind. */
async function copyWorkflows(outDir: string): Promise<string[]> {
  const source = join(root, 'runtime/workflows');
  await putInPlace(join(outDir, 'workflows'), (folder) =>
    cp(source, folder, {
      recursive: true,
      filter: (path) => !/\.(ts|md)$/.test(path) && basename(path) !== 'testing',
    }),
  );
  return ['workflows'];
}
