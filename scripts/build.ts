import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BuildError } from './build/buildError.ts';
import { buildPackages } from './build/packages.ts';

const USAGE = 'npm run build -- [--out DIR]   (DIR: folder of the packages, default dist)';

/** `npm run build`: the deployment packages for Azure, with the native libraries of its machines. */
try {
  const { out } = readOptions();
  const project = dirname(import.meta.dirname);
  const outDir = out === undefined ? join(project, 'dist') : resolve(process.env.INIT_CWD ?? process.cwd(), out);
  const built = await buildPackages({ native: true, outDir });
  for (const name of ['api', 'functions', 'workflows']) {
    console.log(`${join(out ?? 'dist', name)}: ${built.includes(name) ? 'built' : 'unchanged'}`);
  }
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function readOptions(): { out?: string } {
  try {
    return parseArgs({ options: { out: { type: 'string' } } }).values;
  } catch (error) {
    throw new BuildError(`${(error as Error).message.split('\n')[0]}; allowed: ${USAGE}`);
  }
}
