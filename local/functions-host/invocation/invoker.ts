import type { FunctionMetadata, InvocationRequest, InvocationResponse } from '../app/coreTypes.ts';

/** Runs the functions of an app: its worker process, or this process in tests. */
export interface Invoker {
  /** What the app registered. */
  readonly functions: readonly FunctionMetadata[];
  /** What the library asked for; `HttpUri` is where it wants http requests sent when the app streams. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** Calls the function `request.functionId`. Throws what it throws, or what ended its process. */
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  /** A call does not end: ends the process that runs it and starts another. Nothing happens when it has ended since. */
  giveUp(invocationId: string, reason: Error): void;
}

/** The host ended before the call did: nothing is known of its outcome, so it has to come again. */
export class InvocationCutOff extends Error {
  override readonly name = 'InvocationCutOff';

  constructor() {
    super('The host stopped before the call ended.');
  }
}
