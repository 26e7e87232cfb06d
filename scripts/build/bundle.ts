import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type BuildFailure, type Message } from 'esbuild';
import { BuildError } from './buildError.ts';
import { NATIVE_MODULES } from './nativeModules.ts';

export interface Bundle {
  /** Folder of the sources; entries are relative to it. */
  root: string;
  /** Name of each bundle, without extension, and the file it starts from. */
  entries: Record<string, string>;
  outDir: string;
  /** Folder that the bundles will run from; source maps lead from there. */
  runsFrom: string;
}

/**
 * Bundles the entries as ES modules for Node 24, each with a source map that names the sources relative to the project.
 * Native modules stay outside. Returns the files that were read, relative to `root`.
 * @throws {BuildError} with a line for each fault of the sources: file, line, column, fault.
 */
export async function bundle({ root, entries, outDir, runsFrom }: Bundle): Promise<string[]> {
  const { outputFiles, metafile, warnings } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: runsFrom,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: [...NATIVE_MODULES, '@azure/functions-core'],
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    // What bundled CommonJS modules ask for and ESM does not have.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
  }).catch((error: unknown) => {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors?.length) throw error;
    throw new BuildError(errors.map(inOneLine).join('\n'));
  });
  for (const warning of warnings) console.warn(`Warning: ${inOneLine(warning)}`);
  for (const { path, contents } of outputFiles) await writeFile(join(outDir, basename(path)), contents);
  return Object.keys(metafile.inputs);
}

function inOneLine({ location, text }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}
