import { provideCore } from '../app/coreModule.ts';
import { FunctionRegistry } from '../app/functionRegistry.ts';
import { invokeFunction } from '../app/invokeFunction.ts';
import { finishLoading, type LoadedApp } from '../app/loadApp.ts';
import { FunctionRunner } from '../invocation/functionRunner.ts';
import type { Invoker } from '../invocation/invoker.ts';
import { jsonLog, type Log } from '../log.ts';
import { triggerOf } from '../triggerKinds.ts';

type Library = typeof import('@azure/functions');

/** A line of the log, parsed. */
export interface LogLine {
  level: string;
  category: string;
  message: string;
  [detail: string]: unknown;
}

/** An app that a test registers with the real library in this process, ready to be called. */
export interface InProcessApp extends LoadedApp {
  lines: LogLine[];
  runner(name: string): FunctionRunner;
}

/** Runs `register` as the code of an app. */
export async function inProcessApp(register: (library: Library) => void): Promise<InProcessApp> {
  const registry = new FunctionRegistry();
  const lines: LogLine[] = [];
  const log = jsonLog({ default: 'trace' }, (line) => lines.push(JSON.parse(line) as LogLine));
  provideCore(registry, (level, message) => log(level, 'Worker', message));
  register(await import('@azure/functions'));
  const app = await finishLoading(registry, 'the test');
  const invoker = inProcessInvoker(app, log);
  return {
    ...app,
    lines,
    runner(name) {
      const { metadata } = registry.functions.get(name)!;
      return new FunctionRunner({ invoker, metadata, trigger: triggerOf(metadata), log });
    },
  };
}

/** Runs the functions of an app in this process. */
function inProcessInvoker(app: LoadedApp, log: Log): Invoker {
  return {
    functions: Array.from(app.registry.functions.values(), ({ metadata }) => metadata),
    capabilities: app.capabilities,
    invoke: (request) =>
      invokeFunction(app, request, (level, category, message) => {
        const suffix = category === 'user' ? '.User' : '';
        log(level, `Function.${request.functionId}${suffix}`, message, { invocationId: request.invocationId });
      }),
    giveUp: () => {
      throw new Error('A test in this process cannot be ended by its function.');
    },
  };
}
