import { mkdirSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsInProcess } from '../front/tlsInProcess.ts';
import { ManagedProcess } from '../process/managedProcess.ts';

const END_WITH_PARENT = new URL('../process/endWithParent.ts', import.meta.url).href;
const END_TLS = new URL('../front/tlsInProcess.ts', import.meta.url).href;
const TLS_IN_PROCESS = 'ATTUNE_TLS';
const WARM_UP_POLL_MS = 50;
const CHECK_MS = 5_000;
const CHECK_TIMEOUT_MS = 5_000;
/** Failed checks in a row after which the app is started again; App Service replaces an instance after minutes. */
const UNHEALTHY_CHECKS = 6;

export interface WebAppOptions {
  name: string;
  /** The package's entry. */
  main: string;
  port: number;
  healthCheckPath: string;
  /** The whole environment of the app: its app settings and what a process needs anyway. */
  environment: NodeJS.ProcessEnv;
  logDir: string;
  /** Port that speaks TLS in front of the app, and its certificate. */
  tls?: Omit<TlsInProcess, 'target'>;
  /** Time between two health checks, default 5 s. */
  checkMs?: number;
  onEvent?(event: string): void;
}

/**
 * A web app as App Service would run it: started with its app settings, in use once its health check answers 2xx,
 * restarted when it ends by itself or stays unhealthy for half a minute.
 */
export function webAppProcess(options: WebAppOptions): ManagedProcess {
  const { name, main, port, healthCheckPath, environment, logDir, tls, checkMs = CHECK_MS, onEvent } = options;
  const inFront: TlsInProcess | undefined = tls && { ...tls, target: port };
  mkdirSync(logDir, { recursive: true });
  const url = `http://127.0.0.1:${port}${healthCheckPath}`;
  return new ManagedProcess({
    name,
    command: process.execPath,
    args: ['--import', END_WITH_PARENT, ...(tls ? ['--import', END_TLS] : []), '--enable-source-maps', main],
    cwd: dirname(main),
    env: { ...environment, ...(inFront && { [TLS_IN_PROCESS]: JSON.stringify(inFront) }) },
    logFile: join(logDir, `${name}.log`),
    async ready(child) {
      await warmUp(name, child, url);
      void endWhenUnhealthy(child, url, checkMs).then((ended) => {
        if (ended) onEvent?.(`${name} failed its health check ${UNHEALTHY_CHECKS} times`);
      });
    },
    onEvent,
  });
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

async function warmUp(name: string, child: ChildProcess, url: string): Promise<void> {
  while (!(await isHealthy(url))) {
    if (!isRunning(child)) throw new Error(`${name} ended before its health check answered`);
    await sleep(WARM_UP_POLL_MS);
  }
}

/** Checks one process until it ends; ends it after too many failures in a row. Resolves with whether it did that. */
async function endWhenUnhealthy(child: ChildProcess, url: string, checkMs: number): Promise<boolean> {
  for (let failures = 0; failures < UNHEALTHY_CHECKS;) {
    await sleep(checkMs, undefined, { ref: false });
    if (!isRunning(child)) return false;
    const healthy = await isHealthy(url);
    // It may have ended meanwhile, which is not for this check to report.
    if (!isRunning(child)) return false;
    failures = healthy ? 0 : failures + 1;
  }
  return child.kill('SIGKILL');
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    // Not listening yet, no answer in time: unhealthy. Anything else is a fault of ours.
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false;
    throw error;
  }
}
