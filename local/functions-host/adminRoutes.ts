import { HostError } from './hostError.ts';
import type { FixedRoute } from './triggers/http/httpServer.ts';

const FUNCTION_PATH = /^\/admin\/functions\/([^/]+)$/i;

/** What every host answers besides its functions: its front page, its status, and runs of timers on demand. */
export function adminRoutes(invoke: (functionName: string) => Promise<void>): FixedRoute {
  return async (request, response, url) => {
    const send = (status: number, body: unknown): true => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return true;
    };
    if (url.pathname === '/') return send(200, 'Your Functions 4.0 app is up and running');
    if (url.pathname.toLowerCase() === '/admin/host/status') return send(200, { state: 'Running' });
    const [, name] = FUNCTION_PATH.exec(url.pathname) ?? [];
    if (name === undefined || request.method !== 'POST') return false;
    try {
      await invoke(decodeURIComponent(name));
      return send(202, { invoked: name });
    } catch (error) {
      if (error instanceof HostError || error instanceof URIError) return send(400, { error: error.message });
      throw error;
    }
  };
}
