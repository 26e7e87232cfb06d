import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

/** `npm run check`: types, lint rules and format of the whole tree. */
const root = dirname(import.meta.dirname);
const tools: Record<string, string[]> = {
  types: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'],
  lint: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
};

let failed = false;
for (const [name, args] of Object.entries(tools)) {
  const startedAt = performance.now();
  const code = await run(args);
  console.log(
    `${name}: ${code === 0 ? 'ok' : `failed (code ${code})`}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
  failed ||= code !== 0;
}
process.exitCode = failed ? 1 : 0;

function run(args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
