import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

const require = createRequire(import.meta.url);

/** Loaded from node_modules at run time, because the first carries native libraries and asks for the second. */
export const NATIVE_MODULES = ['onnxruntime-node', 'onnxruntime-common'];

/** Folder in which the native modules are installed. */
const installed = dirname(dirname(require.resolve('onnxruntime-node/package.json')));

/** The platform of App Service and Functions; libraries of all others stay behind. */
const PLATFORM = join('bin', 'napi-v6', 'linux', 'x64');

/** Only the installation needs these. */
const NOT_AT_RUN_TIME = ['script', 'lib'];

/** Files that change when another version of a native module is installed. */
export const nativeModuleManifests = NATIVE_MODULES.map((name) => join(installed, name, 'package.json'));

/** Copies the native modules, with the libraries for Linux x64 alone, into `node_modules` of a package. */
export async function copyNativeModules(packageDir: string): Promise<void> {
  for (const name of NATIVE_MODULES) {
    const source = join(installed, name);
    await cp(source, join(packageDir, 'node_modules', name), {
      recursive: true,
      filter: (path) => name !== 'onnxruntime-node' || isNeeded(relative(source, path)),
    });
  }
}

/** Whether a path inside onnxruntime-node is wanted, or a folder on the way to one that is. */
function isNeeded(path: string): boolean {
  if (NOT_AT_RUN_TIME.some((folder) => path === folder)) return false;
  return !path.startsWith('bin') || PLATFORM.startsWith(path) || path.startsWith(PLATFORM);
}
