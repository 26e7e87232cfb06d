// Entry of every npm script. Plain JavaScript, so that any Node from 20 on can run it: installs what the lock file
// asks for when it is missing, then goes on under the Node that the project pins (npm package `node`).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeBinary = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const stamp = join(root, 'node_modules', '.attune-installed');

const [script, ...args] = process.argv.slice(2);
if (!script) fail('scripts/run.mjs needs the script to run, for example local/start/main.ts.');

installIfNeeded();
const child = spawn(nodeBinary, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
  stdio: 'inherit',
  // The pinned Node comes first on PATH, so that tools which are started by name run under it as well.
  env: { ...process.env, PATH: `${dirname(nodeBinary)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}` },
});
// A terminal sends Ctrl-C to the whole group: the child stops by itself, this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

/** Runs `npm ci` unless node_modules was installed from exactly this lock file. */
function installIfNeeded() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(nodeBinary) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('Installing the packages of package-lock.json (once; about a minute) ...\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    // onnxruntime-node would download CUDA libraries; the CPU runtime is inside the package.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (result.error) fail(`npm could not be started (${result.error.message}). Install npm 10 or newer and try again.`);
  if (result.status !== 0) fail(`npm ci ended with code ${result.status}. Its own message above says what is missing.`);
  if (!existsSync(nodeBinary)) {
    fail(
      'The package "node" was installed without its binary. Allow its install script (npm install-scripts) and run npm ci again.',
    );
  }
  writeFileSync(stamp, lock);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
