import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { BuildError } from './buildError.ts';
import { isCurrent, writeRecord } from './buildRecord.ts';
import { bundle } from './bundle.ts';
import { copyNativeModules, nativeModuleManifests } from './nativeModules.ts';
import { putInPlace } from './putInPlace.ts';

/** How to build the deployment package of one app. */
export interface AppBuild {
  /** Name of the package and its folder. */
  name: string;
  /** Folder of the sources; the paths below are relative to it. */
  root: string;
  /** The package is put into `outDir/name`. */
  outDir: string;
  /** Name of each bundle, without extension, and the file it starts from. `main` is what runs. */
  entries: Record<string, string>;
  /** Files that go beside the bundles. */
  files: readonly string[];
  /** Whether the package carries the native modules; else they are found in node_modules above it. */
  native: boolean;
}

/**
 * Builds a package, unless it is there and none of its inputs has changed. Returns whether it was built.
 * @throws {BuildError} when the sources have a fault; the package that is there stays.
 */
export async function buildApp({ name, root, outDir, entries, files, native }: AppBuild): Promise<boolean> {
  const target = join(outDir, name);
  const recordFile = join(outDir, `${name}.inputs.json`);
  if (existsSync(target) && (await isCurrent(recordFile, { root, native }))) return false;

  await mkdir(outDir, { recursive: true });
  // Elsewhere than in the project it is there to be deployed, and the way from there to the sources is of no use.
  const runsFrom = relative(root, target).startsWith('..') ? join(root, 'dist', name) : target;
  const inputs = [...files, ...(native ? nativeModuleManifests : [])];
  await putInPlace(target, async (folder) => {
    inputs.push(...(await bundleApp({ name, root, entries, outDir: folder, runsFrom })));
    const manifest = { name: `attune-${name}`, version: '0.1.0', private: true, type: 'module', main: 'main.mjs' };
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const file of files) await cp(join(root, file), join(folder, basename(file)));
    if (native) await copyNativeModules(folder);
    // A build that is cut off from here on is not taken for current.
    await rm(recordFile, { force: true });
  });
  await writeRecord(recordFile, { root, native }, inputs);
  return true;
}

async function bundleApp({ name, ...options }: { name: string } & Parameters<typeof bundle>[0]): Promise<string[]> {
  try {
    return await bundle(options);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new BuildError(`The package ${name} cannot be built: ${error.message}`);
  }
}
