import { HostError } from '../hostError.ts';
import type {
  CoreInvocationContext,
  InvocationRequest,
  InvocationResponse,
  LogCategory,
  LogLevel,
} from './coreTypes.ts';
import type { LoadedApp } from './loadApp.ts';

/** Takes what a call logs. */
export type InvocationLog = (level: LogLevel, category: LogCategory, message: string) => void;

/** Calls one function through the programming model, in the order that the official worker keeps. Throws what it throws. */
export async function invokeFunction(
  app: LoadedApp,
  request: InvocationRequest,
  log: InvocationLog,
): Promise<InvocationResponse> {
  const registered = app.registry.functions.get(request.functionId);
  if (!registered) throw new HostError(`The app has no function with id "${request.functionId}".`);
  const { metadata, callback } = registered;
  const logged: { context?: unknown } = {};
  const coreContext: CoreInvocationContext = {
    invocationId: request.invocationId,
    metadata,
    request,
    log(level, category, message) {
      const entry = { level, category, message, invocationContext: logged.context, hookData: {} };
      for (const hook of app.registry.hooks('log')) hook(entry);
      log(entry.level, category, entry.message);
    },
  };
  const model = app.model.getInvocationModel(coreContext);
  const { context, inputs } = await model.getArguments();
  logged.context = context;

  const hookData = {};
  coreContext.state = 'preInvocationHooks';
  const before = { hookData, invocationContext: context, functionCallback: callback, inputs };
  await app.registry.runHooks('preInvocation', before);
  coreContext.state = 'invocation';
  const after: Record<string, unknown> = { hookData, invocationContext: context, inputs: before.inputs };
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  coreContext.state = 'postInvocationHooks';
  await app.registry.runHooks('postInvocation', after);
  if (after.error !== undefined && after.error !== null) throw after.error;
  return model.getResponse(context, after.result);
}
