import type { InvocationRequest } from '../app/coreTypes.ts';
import { invokeFunction } from '../app/invokeFunction.ts';
import { loadApp, type LoadedApp } from '../app/loadApp.ts';
import { HostError } from '../hostError.ts';
import { toPlainError, type HostMessage, type WorkerMessage } from './protocol.ts';

/**
 * The worker process: loads the app in the folder of its first argument and runs its functions for the host at the other
 * end of the IPC channel, as the Node.js worker of Azure Functions does over gRPC. Ends with the host.
 */

/** Resolves when the message is on its way. */
function send(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, undefined, undefined, () => resolve()));
}

async function invoke(app: LoadedApp, request: InvocationRequest): Promise<void> {
  const { invocationId, functionId } = request;
  const source = { functionId, invocationId };
  try {
    const response = await invokeFunction(app, request, (level, category, message) => {
      void send({ kind: 'log', level, category, message, source });
    });
    await send({ kind: 'result', invocationId, response });
  } catch (error) {
    await send({ kind: 'failure', invocationId, error: toPlainError(error) });
  }
}

async function terminate(app: LoadedApp): Promise<void> {
  await app.registry.runHooks('appTerminate', { hookData: {} });
  process.exit(0);
}

async function start(appDir: string): Promise<void> {
  const app = await loadApp(appDir, (level, message) => {
    void send({ kind: 'log', level, category: 'system', message });
  });
  process.on('message', (message: HostMessage) => {
    if (message.kind === 'invoke') void invoke(app, message.request);
    else void terminate(app);
  });
  const functions = Array.from(app.registry.functions.values(), ({ metadata }) => metadata);
  await send({ kind: 'ready', functions, capabilities: app.capabilities });
}

process.once('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => {
  const message = `Worker uncaught exception (learn more: https://go.microsoft.com/fwlink/?linkid=2097909 ): ${error?.stack ?? String(error)}`;
  void send({ kind: 'log', level: 'error', category: 'system', message }).then(() => process.exit(1));
});

try {
  await start(process.argv[2]!);
} catch (error) {
  if (!(error instanceof HostError)) throw error;
  await send({ kind: 'refused', message: error.message });
  process.exit(1);
}
