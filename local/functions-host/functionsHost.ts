import { adminRoutes } from './adminRoutes.ts';
import { hostFunctions, type HostedFunction } from './hostedFunction.ts';
import { HostError, indexing, startingListener } from './hostError.ts';
import { jsonLog, type Log } from './log.ts';
import type { Settings } from './settings/bindingExpressions.ts';
import { readHostJson, type HostJson } from './settings/hostJson.ts';
import { hostId, hostStorage } from './storage/hostStorage.ts';
import { preloadListeners } from './triggerKinds.ts';
import { eventGridWebhook } from './triggers/eventGrid/webhook.ts';
import { httpFunction } from './triggers/http/httpFunction.ts';
import { startHttpServer, type HttpServer } from './triggers/http/httpServer.ts';
import { AppWorker } from './worker/appWorker.ts';

/** Requests with longer bodies are refused; `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` changes it, as on Azure. */
const DEFAULT_BODY_LIMIT = 104_857_600;
/** A stop waits so long for running calls; whoever runs this process waits 10 s for its end. */
const DRAIN_MS = 8_000;

export interface FunctionsHostOptions {
  /** Folder of a built app: package.json with `main`, host.json. */
  appDir: string;
  /** App settings. */
  settings: Settings;
  /** Port of the http server; 0 takes a free one. */
  port: number;
  /** Names this host in leases; the same after a restart. */
  instanceId: string;
  /** Multiplies the delays of retry policies and the grace of timeouts; 1 but in tests. */
  timeScale?: number;
  /** Longest wait for running calls when the host stops. */
  drainMs?: number;
  /** Takes each log line; standard output by default. */
  writeLog?(line: string): void;
  /** The worker process ended too often: this process has to be replaced, as Azure recycles its host. */
  onFatal(): void;
}

/** A started host. */
export interface FunctionsHost {
  port: number;
  /** Process id of the app's worker. */
  workerPid(): number | undefined;
  describe(): Promise<FunctionDescription[]>;
  /** Runs a timer function now; throws `HostError` for any other. */
  invoke(name: string): Promise<void>;
  /** Ends the triggers that the host drives: running calls end and their positions are written. Http stays. */
  drain(): Promise<void>;
  /** Drains, answers the running requests, runs the app's `appTerminate` hooks. */
  stop(): Promise<void>;
}

export interface FunctionDescription {
  name: string;
  trigger: string;
  disabled?: true;
  invocations: number;
  failures: number;
  running: number;
  /** Position and the like of the trigger. */
  [detail: string]: unknown;
}

/**
 * Loads a function app in a worker process and runs it until `stop`. Throws `HostError`, one line, when the app, host.json
 * or a setting is not usable.
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { appDir, settings, instanceId, timeScale = 1, onFatal } = options;
  const hostJson = readHostJson(appDir, settings);
  const log = jsonLog(hostJson.logLevels, options.writeLog ?? ((line) => process.stdout.write(line)));
  for (const property of hostJson.unknown) {
    log('warning', 'Host.Startup', `host.json: ${property} is no setting of the host and has no effect`);
  }
  const env = { ...settings, WEBSITE_INSTANCE_ID: instanceId };
  const starting = AppWorker.start({ appDir, env, log, onFatal });
  if (hostJson.hasExtensionBundle) await Promise.all([starting, preloadListeners()]);
  const worker = await starting;
  let server: HttpServer | undefined;
  let functions: HostedFunction[] = [];
  try {
    const storage = hostStorage(settings);
    const context = { hostJson, settings, storage, log, clock: { timeScale }, instanceId };
    functions = await hostFunctions(worker, context);
    server = await startServer(functions, worker, options, hostJson);
    await Promise.all(functions.map(({ runner, listener }) => startingListener(runner.name, () => listener?.start())));
    const names = functions.map(({ runner }) => runner.name);
    log('information', 'Host.Startup', 'Host started', { port: server.port, functions: names });
    return control({ functions, server, worker, log, drainMs: options.drainMs ?? DRAIN_MS });
  } catch (error) {
    worker.cutOff();
    await Promise.allSettled(functions.map(({ listener }) => listener?.stop()));
    await server?.close();
    throw error;
  }
}

async function startServer(
  functions: readonly HostedFunction[],
  worker: AppWorker,
  { port, settings, instanceId }: FunctionsHostOptions,
  { http }: HostJson,
): Promise<HttpServer> {
  const enabled = functions.filter(({ disabled }) => !disabled);
  const httpOptions = {
    routePrefix: http.routePrefix,
    bodyLimit: Number(settings.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT ?? DEFAULT_BODY_LIMIT),
    // Asked for each time: another worker listens elsewhere.
    streamUri: () => worker.capabilities.HttpUri,
  };
  const httpFunctions = await Promise.all(
    enabled
      .filter(({ kind }) => kind === 'httptrigger')
      .map(({ runner }) => indexing(runner.name, () => httpFunction(runner, httpOptions))),
  );
  const subscribed = enabled.filter(({ kind }) => kind === 'eventgridtrigger').map(({ runner }) => runner);
  const invoke = (name: string) => invokeTimer(functions, name);
  const admin = adminRoutes({ hostId: hostId(settings), instanceId, functions, invoke });
  const fixedRoutes = [eventGridWebhook(subscribed), admin];
  return startHttpServer({ port, options: http, functions: httpFunctions, fixedRoutes });
}

async function invokeTimer(functions: readonly HostedFunction[], name: string): Promise<void> {
  const found = functions.find(({ runner }) => runner.name === name);
  if (!found) throw new HostError(`There is no function "${name}".`);
  if (!found.listener?.fire) {
    throw new HostError(`Function "${name}" has a ${found.runner.trigger.type}; only an enabled timer can be invoked.`);
  }
  await found.listener.fire();
}

interface HostParts {
  functions: readonly HostedFunction[];
  server: HttpServer;
  worker: AppWorker;
  log: Log;
  drainMs: number;
}

function control({ functions, server, worker, log, drainMs }: HostParts): FunctionsHost {
  let drained: Promise<void> | undefined;
  const drain = () => {
    drained ??= (async () => {
      log('information', 'Host.General', 'DrainMode is set to True');
      await Promise.all(functions.map(({ listener }) => listener?.stop()));
    })();
    return drained;
  };
  /** What does not end in time is cut off: no position moves past it, so it comes again. */
  const drainInTime = async () => {
    const timer = setTimeout(() => {
      log('warning', 'Host.General', `Calls that did not end within ${drainMs / 1000} s are cut off`);
      worker.cutOff();
    }, drainMs);
    await drain();
    await Promise.all(functions.map(({ runner }) => runner.idle()));
    clearTimeout(timer);
  };
  return {
    port: server.port,
    workerPid: () => worker.pid,
    describe: () => Promise.all(functions.map(describe)),
    invoke: (name) => invokeTimer(functions, name),
    drain,
    async stop() {
      const answered = server.close();
      await drainInTime();
      await answered;
      await worker.stop();
      log('information', 'Host.General', 'Host stopped');
    },
  };
}

async function describe({ runner, kind, listener, disabled }: HostedFunction): Promise<FunctionDescription> {
  return {
    name: runner.name,
    trigger: kind.replace(/trigger$/, ''),
    ...(disabled ? { disabled } : {}),
    ...runner.counts,
    ...(await listener?.describe()),
  };
}
