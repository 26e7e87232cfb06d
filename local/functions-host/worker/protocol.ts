import type {
  FunctionMetadata,
  InvocationRequest,
  InvocationResponse,
  LogCategory,
  LogLevel,
} from '../app/coreTypes.ts';

/** What the host tells the worker process, as structured clones over the IPC channel. */
export type HostMessage = { kind: 'invoke'; request: InvocationRequest } | { kind: 'terminate' };

/** What the worker process tells the host. */
export type WorkerMessage =
  | { kind: 'ready'; functions: FunctionMetadata[]; capabilities: Record<string, string> }
  | { kind: 'refused'; message: string }
  | { kind: 'result'; invocationId: string; response: InvocationResponse }
  | { kind: 'failure'; invocationId: string; error: PlainError }
  | WorkerLog;

export interface WorkerLog {
  kind: 'log';
  level: LogLevel;
  category: LogCategory;
  message: string;
  /** The call that logged; absent: the worker itself. */
  source?: { functionId: string; invocationId: string };
}

/** An error without its class. */
export interface PlainError {
  name: string;
  message: string;
  stack?: string;
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  return { name: error.name, message: error.message, stack: error.stack };
}

export function fromPlainError({ name, message, stack }: PlainError): Error {
  return Object.assign(new Error(message), { name, stack });
}
