import { loadApp, type LoadedApp } from './app/loadApp.ts';
import { adminRoutes } from './adminRoutes.ts';
import { HostError } from './hostError.ts';
import { FunctionRunner } from './invocation/functionRunner.ts';
import { jsonLog, type Log } from './log.ts';
import { resolveBinding, type Settings } from './settings/bindingExpressions.ts';
import { readHostJson, type HostJson } from './settings/hostJson.ts';
import { hostStorage } from './storage/hostStorage.ts';
import { TRIGGER_KINDS, triggerOf } from './triggerKinds.ts';
import { eventGridWebhook } from './triggers/eventGrid/webhook.ts';
import { httpFunction } from './triggers/http/httpFunction.ts';
import { startHttpServer, type HttpServer } from './triggers/http/httpServer.ts';
import type { ListenerContext, TriggerListener } from './triggers/listener.ts';
import { TimerListener } from './triggers/timer/timerListener.ts';

/** Requests with longer bodies are refused; `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` changes it, as on Azure. */
const DEFAULT_BODY_LIMIT = 104_857_600;

export interface FunctionsHostOptions {
  /** Folder of a built app: package.json with `main`, host.json. */
  appDir: string;
  /** App settings. */
  settings: Settings;
  /** Port of the http server; 0 takes a free one. */
  port: number;
  /** Names this host in leases; the same after a restart. */
  instanceId: string;
  /** Multiplies the delays of retry policies; 1 but in tests. */
  retryTimeScale?: number;
  /** Takes each log line; standard output by default. */
  writeLog?(line: string): void;
  /** A call exceeded `functionTimeout`: the process has to end, because its code cannot be stopped. */
  onTimeout(): void;
}

/** A started host. */
export interface FunctionsHost {
  port: number;
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

interface HostedFunction {
  runner: FunctionRunner;
  kind: string;
  listener?: TriggerListener;
  disabled: boolean;
}

/**
 * Loads a function app and runs it until `stop`. Throws `HostError`, one line, when the app, host.json or a setting is
 * not usable.
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const hostJson = readHostJson(options.appDir, options.settings);
  const log = jsonLog(hostJson.logLevels, options.writeLog ?? ((line) => process.stdout.write(line)));
  for (const property of hostJson.unknown) {
    log('warning', 'Host.Startup', `host.json: ${property} is no setting of the host and has no effect`);
  }
  const app = await loadApp(options.appDir, log);
  const context: ListenerContext = {
    hostJson,
    settings: options.settings,
    storage: hostStorage(options.settings),
    log,
    clock: { timeScale: options.retryTimeScale ?? 1 },
    instanceId: options.instanceId,
  };
  const functions = await Promise.all(
    Array.from(app.registry.functions.keys(), (name) => hostFunction(name, app, context, options.onTimeout)),
  );
  const server = await startServer(functions, app, options, hostJson);
  try {
    await Promise.all(functions.map(({ listener }) => listener?.start()));
  } catch (error) {
    await server.close();
    throw error;
  }
  log('information', 'Host.Startup', 'Host started', {
    port: server.port,
    functions: functions.map(({ runner }) => runner.name),
  });
  return control(functions, server, app, log);
}

async function hostFunction(
  name: string,
  app: LoadedApp,
  context: ListenerContext,
  onTimeout: () => void,
): Promise<HostedFunction> {
  const { metadata, callback } = app.registry.functions.get(name)!;
  const trigger = triggerOf(metadata);
  const binding = resolveBinding(trigger.binding, context.settings, name);
  const kind = binding.type.toLowerCase();
  const { log } = context;
  const runner = new FunctionRunner({
    app,
    metadata,
    callback,
    trigger: { name: trigger.name, binding },
    log,
    timeoutMs: context.hostJson.functionTimeoutMs,
    onTimeout,
  });
  const disabled = isDisabled(name, context.settings);
  if (disabled) log('information', 'Host.Startup', `Function ${name} is disabled`);
  const { createListener, retried } = TRIGGER_KINDS[kind]!;
  if (metadata.retryOptions && !retried) {
    log('warning', 'Host.Startup', `The retry policy of ${name} has no effect: ${binding.type} does not support it`);
  }
  return { runner, kind, disabled, listener: disabled ? undefined : await createListener?.(runner, context) };
}

function isDisabled(name: string, settings: Settings): boolean {
  const value = settings[`AzureWebJobs.${name}.Disabled`] ?? settings[`AzureWebJobs_${name}_Disabled`] ?? '';
  return ['true', '1'].includes(value.toLowerCase());
}

async function startServer(
  functions: readonly HostedFunction[],
  app: LoadedApp,
  { port, settings }: FunctionsHostOptions,
  { http }: HostJson,
): Promise<HttpServer> {
  const enabled = functions.filter(({ disabled }) => !disabled);
  const httpFunctions = enabled
    .filter(({ kind }) => kind === 'httptrigger')
    .map(({ runner }) =>
      httpFunction(runner, {
        routePrefix: http.routePrefix,
        bodyLimit: Number(settings.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT ?? DEFAULT_BODY_LIMIT),
        streamUri: app.capabilities.HttpUri,
      }),
    );
  const subscribed = enabled.filter(({ kind }) => kind === 'eventgridtrigger').map(({ runner }) => runner);
  const fixedRoutes = [eventGridWebhook(subscribed), adminRoutes((name) => invokeTimer(functions, name))];
  return startHttpServer({ port, functions: httpFunctions, fixedRoutes });
}

async function invokeTimer(functions: readonly HostedFunction[], name: string): Promise<void> {
  const found = functions.find(({ runner }) => runner.name === name);
  if (!found) throw new HostError(`There is no function "${name}".`);
  if (!(found.listener instanceof TimerListener)) {
    throw new HostError(`Function "${name}" has a ${found.runner.trigger.type}; only an enabled timer can be invoked.`);
  }
  await found.listener.fire();
}

function control(functions: readonly HostedFunction[], server: HttpServer, app: LoadedApp, log: Log): FunctionsHost {
  let drained: Promise<void> | undefined;
  const drain = () => {
    drained ??= (async () => {
      log('information', 'Host.General', 'Draining');
      await Promise.all(functions.map(({ listener }) => listener?.stop()));
    })();
    return drained;
  };
  return {
    port: server.port,
    describe: () => Promise.all(functions.map(describe)),
    invoke: (name) => invokeTimer(functions, name),
    drain,
    async stop() {
      const answered = server.close();
      await drain();
      await answered;
      await app.registry.runHooks('appTerminate', { hookData: {} });
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
