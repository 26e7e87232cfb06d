import type { FunctionMetadata } from './app/coreTypes.ts';
import { HostError, indexing } from './hostError.ts';
import { FunctionRunner } from './invocation/functionRunner.ts';
import type { Invoker } from './invocation/invoker.ts';
import { resolveBinding, type Settings } from './settings/bindingExpressions.ts';
import { checkRetryPolicy } from './settings/retryPolicy.ts';
import { TRIGGER_KINDS, triggerOf } from './triggerKinds.ts';
import type { ListenerContext, TriggerListener } from './triggers/listener.ts';

/** A function of the app with what fires it. */
export interface HostedFunction {
  runner: FunctionRunner;
  /** Binding type of its trigger, in lower case. */
  kind: string;
  listener?: TriggerListener;
  disabled: boolean;
}

/** Bindings that the host has without an extension bundle. */
const BUILT_IN = ['httptrigger', 'timertrigger'];
const VALID_NAME = /^(?!host$)[a-z][a-z0-9_-]{0,127}$/i;
const TIMEOUT_GRACE_MS = 5_000;

/**
 * The functions of the app as this host runs them, those alone that `functions` of host.json names. Throws `HostError` for
 * one that cannot be run; Azure would disable it and start the others.
 */
export async function hostFunctions(invoker: Invoker, context: ListenerContext): Promise<HostedFunction[]> {
  const { functions: wanted } = context.hostJson;
  const loaded = invoker.functions.filter(({ name }) => !wanted || wanted.includes(name));
  return Promise.all(loaded.map((metadata) => indexing(metadata.name, () => hostFunction(metadata, invoker, context))));
}

async function hostFunction(
  registered: FunctionMetadata,
  invoker: Invoker,
  context: ListenerContext,
): Promise<HostedFunction> {
  const { name } = registered;
  const { log, hostJson, settings, clock } = context;
  if (!VALID_NAME.test(name)) throw new HostError(`'${name}' is not a valid function name.`);
  const trigger = triggerOf(registered);
  const binding = resolveBinding(trigger.binding, settings);
  const kind = binding.type.toLowerCase();
  if (!BUILT_IN.includes(kind) && !hostJson.hasExtensionBundle) {
    throw new HostError(
      `The binding type(s) '${binding.type}' are not registered. Please ensure the type is correct and the ` +
        'binding extension is installed. (host.json has no extensionBundle)',
    );
  }
  const { createListener, retried } = TRIGGER_KINDS[kind]!;
  if (registered.retryOptions && !retried) {
    log('warning', 'Host.Startup', `The retry policy of ${name} has no effect: ${binding.type} does not support it`);
  }
  const retryOptions = retried ? (registered.retryOptions ?? hostJson.retry) : undefined;
  if (retryOptions) checkRetryPolicy(retryOptions, 'Its retry policy');
  const runner = new FunctionRunner({
    invoker,
    metadata: { ...registered, retryOptions },
    trigger: { name: trigger.name, binding },
    log,
    timeoutMs: hostJson.functionTimeoutMs,
    timeoutGraceMs: TIMEOUT_GRACE_MS * clock.timeScale,
  });
  const disabled = isDisabled(name, settings);
  if (disabled) log('information', 'Host.Startup', `Function ${name} is disabled`);
  return { runner, kind, disabled, listener: disabled ? undefined : await createListener?.(runner, context) };
}

function isDisabled(name: string, settings: Settings): boolean {
  const value = settings[`AzureWebJobs.${name}.Disabled`] ?? settings[`AzureWebJobs_${name}_Disabled`] ?? '';
  return ['true', '1'].includes(value.toLowerCase());
}
