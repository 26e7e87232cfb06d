import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedProcess } from '../process/managedProcess.ts';

const END_WITH_PARENT = new URL('../process/endWithParent.ts', import.meta.url).href;
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
  onEvent?(event: string): void;
}

/**
 * A web app as App Service would run it: started with its app settings, in use once its health check answers 2xx,
 * restarted when it ends by itself or stays unhealthy for half a minute.
 */
export function webAppProcess(options: WebAppOptions): ManagedProcess {
  const { name, main, port, healthCheckPath, environment, logDir, onEvent } = options;
  mkdirSync(logDir, { recursive: true });
  const url = `http://127.0.0.1:${port}${healthCheckPath}`;
  const app = new ManagedProcess({
    name,
    command: process.execPath,
    args: ['--import', END_WITH_PARENT, '--enable-source-maps', main],
    cwd: dirname(main),
    env: environment,
    logFile: join(logDir, `${name}.log`),
    ready: () => warmUp(url),
    onEvent,
  });
  watchHealth(app, url, onEvent);
  return app;
}

async function warmUp(url: string): Promise<void> {
  while (!(await isHealthy(url))) await sleep(WARM_UP_POLL_MS);
}

function watchHealth(app: ManagedProcess, url: string, onEvent?: (event: string) => void): void {
  let failures = 0;
  const timer = setInterval(() => {
    if (app.pid === undefined) return;
    void isHealthy(url).then((healthy) => {
      failures = healthy ? 0 : failures + 1;
      if (failures < UNHEALTHY_CHECKS) return;
      failures = 0;
      onEvent?.(`${app.spec.name} failed its health check ${UNHEALTHY_CHECKS} times; starting it again`);
      app.kill('SIGKILL');
    });
  }, CHECK_MS);
  timer.unref();
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
