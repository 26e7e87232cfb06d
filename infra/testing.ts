import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Deployment packages to evaluate the program with, each a folder with one file. */
export interface TestPackages {
  config: Record<string, string>;
  remove(): void;
}

/** Makes the three packages in a temporary folder and says where they are, as configuration. */
export function makePackages(): TestPackages {
  const folder = mkdtempSync(join(tmpdir(), 'attune-packages-'));
  const config: Record<string, string> = {};
  for (const app of ['functions', 'api', 'workflows']) {
    mkdirSync(join(folder, app));
    writeFileSync(join(folder, app, 'main.mjs'), `export const app = '${app}';\n`);
    config[`attune:${app}Package`] = join(folder, app);
  }
  return { config, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
