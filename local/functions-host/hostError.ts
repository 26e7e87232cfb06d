import { ControlError } from '../process/serviceHost.ts';

/** The app or a setting is not usable as it is. The message is one line for whoever runs the app; no stack is shown. */
export class HostError extends ControlError {
  override readonly name = 'HostError';
}

/** Prepares a function; what it is refused with is told as the real host tells it. */
export async function indexing<T>(functionName: string, prepare: () => T | Promise<T>): Promise<T> {
  return told(prepare, (reason) => {
    return `The '${functionName}' function is in error: Error indexing method 'Functions.${functionName}'. ${reason}`;
  });
}

/** Starts what fires a function; what it is refused with is told as the real host tells it. */
export async function startingListener<T>(functionName: string, start: () => T | Promise<T>): Promise<T> {
  return told(start, (reason) => {
    return `The listener for function 'Functions.${functionName}' was unable to start. ${reason}`;
  });
}

async function told<T>(run: () => T | Promise<T>, message: (reason: string) => string): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new HostError(message(error.message), { cause: error });
  }
}
