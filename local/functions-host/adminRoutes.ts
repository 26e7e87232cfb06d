import { hostname } from 'node:os';
import { HOST_VERSION } from './app/hostVersion.ts';
import type { HostedFunction } from './hostedFunction.ts';
import { HostError } from './hostError.ts';
import type { FixedRoute } from './triggers/http/httpServer.ts';

const FUNCTION_PATH = /^\/admin\/functions\/([^/]+)$/i;

export interface AdminOptions {
  hostId: string;
  instanceId: string;
  functions: readonly HostedFunction[];
  /** Runs a timer function now; throws `HostError` for any other. */
  invoke(functionName: string): Promise<void>;
}

/** What every host answers besides its functions: its front page, status, list of functions, and runs of timers on demand. */
export function adminRoutes(options: AdminOptions): FixedRoute {
  return async (request, response, url) => {
    const send = (status: number, body: unknown): true => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return true;
    };
    const path = url.pathname.toLowerCase();
    if (path === '/') return send(200, 'Your Functions 4.0 app is up and running');
    if (path === '/admin/host/ping') return send(200, null);
    if (path === '/admin/host/status') return send(200, status(options));
    if (path === '/admin/functions') return send(200, options.functions.map(summary));
    const [, name] = FUNCTION_PATH.exec(url.pathname) ?? [];
    if (name === undefined) return false;
    const found = options.functions.find(({ runner }) => runner.name.toLowerCase() === name.toLowerCase());
    if (request.method === 'GET') return found ? send(200, summary(found)) : send(404, null);
    if (request.method !== 'POST') return false;
    try {
      await options.invoke(found?.runner.name ?? name);
      return send(202, { invoked: name });
    } catch (error) {
      if (error instanceof HostError) return send(400, { error: error.message });
      throw error;
    }
  };
}

function status({ hostId, instanceId }: AdminOptions): Record<string, unknown> {
  return {
    id: hostId,
    state: 'Running',
    version: HOST_VERSION,
    versionDetails: HOST_VERSION,
    instanceId,
    computerName: hostname(),
    processUptime: Math.round(process.uptime() * 1000),
  };
}

function summary({ runner, disabled }: HostedFunction): Record<string, unknown> {
  const bindings = Object.entries(runner.metadata.bindings).map(([name, binding]) => ({ ...binding, name }));
  return { name: runner.name, language: 'node', isDisabled: disabled, config: { name: runner.name, bindings } };
}
