import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackClients } from '../clients/stackClients.ts';
import { ApiClient } from '../replay/apiClient.ts';
import { replay, type ReplayReport } from '../replay/replay.ts';
import type { Recommendations } from '../../runtime/contracts/api.ts';
import { bringUp, type RunningStack } from './bringUp.ts';
import { readOptions, USAGE, type StartOptions } from './options.ts';
import { acquireRunLock } from './runLock.ts';
import { seedShop } from './seedShop.ts';
import { statusText } from './status.ts';
import { Steps } from './steps.ts';
import { describeFailure } from './failure.ts';

const projectDir = dirname(dirname(import.meta.dirname));
const EXAMPLE_USER = 'user-1';
const FIRST_ANSWER_MS = 30_000;

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${describeFailure(error)}\n`);
  return 1;
});
// The Cosmos client keeps a timer; nothing of ours is left to wait for.
process.exit();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const stopping = stopOnSignal();
  const releaseLock = acquireRunLock(options.dataDir);
  try {
    return await run(options, stopping);
  } finally {
    releaseLock();
  }
}

async function run(options: StartOptions, stopping: AbortSignal): Promise<number> {
  const steps = new Steps();
  const stack = await bringUp({
    projectDir,
    dataDir: options.dataDir,
    profile: options.profile,
    throttling: options.throttling,
    apiPort: options.port,
    steps,
    onEvent: (event) => process.stderr.write(`  ${event}\n`),
  });
  try {
    if (options.replay) await runReplay(stack, options, stopping, steps);
    else await runShop(stack, options, stopping, steps);
    if (!options.exit) await aborted(stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    process.stderr.write('Stopping ...\n');
    await stack.stop();
  }
  return 0;
}

async function runShop(
  { clients }: RunningStack,
  options: StartOptions,
  signal: AbortSignal,
  steps: Steps,
): Promise<void> {
  await steps.run('shop', () => seedShop(clients, { dataDir: options.dataDir, now: Date.now(), signal }));
  await steps.run('first answer', () => firstPersonalAnswer(clients, signal));
  process.stdout.write(statusText(clients.endpoints, options.dataDir, EXAMPLE_USER, steps.summary()));
}

/** Asks until the model has reached the API, which looks for a new one every two seconds. */
async function firstPersonalAnswer(clients: StackClients, signal: AbortSignal): Promise<void> {
  const client = new ApiClient(clients);
  const deadline = Date.now() + FIRST_ANSWER_MS;
  for (;;) {
    const path = `/v1/users/${EXAMPLE_USER}/recommendations?limit=3`;
    const { degraded } = await client.request<Recommendations>('GET', path);
    if (degraded.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`The API still answers without a profile or a model (${degraded.join(', ')}); its log says why.`);
    }
    await sleep(50, undefined, { signal });
  }
}

async function runReplay(
  { clients }: RunningStack,
  options: StartOptions,
  signal: AbortSignal,
  steps: Steps,
): Promise<void> {
  process.stdout.write(statusText(clients.endpoints, options.dataDir, '17850', steps.summary()));
  const report = await replay(clients, { file: options.replay ?? '', dataDir: options.dataDir, signal });
  process.stdout.write(reportText(report));
  if (options.report) await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
}

function reportText(report: ReplayReport): string {
  const { brokenRows, ...figures } = report;
  const lines = Object.entries({ ...figures, brokenRows: brokenRows.length }).map(([name, value]) => {
    return `  ${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
  });
  return `\nReplay\n${lines.join('\n')}\n\n`;
}

/** Ctrl-C once: stop in order; twice: at once. */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
