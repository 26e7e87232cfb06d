import { Worker } from 'node:worker_threads';
import type { ProjectFiles } from './projectFiles.ts';
import type { FromProgram, ToProgram } from './programWorker.ts';

/** A resource that the program declared, its inputs resolved. */
export interface Registration {
  type: string;
  /** Pulumi's name of it, not Azure's. */
  name: string;
  inputs: Record<string, unknown>;
}

/** What a declared resource answers to the rest of the program. */
export interface RegistrationResult {
  id: string;
  outputs: Record<string, unknown>;
}

/**
 * Evaluates a Pulumi program without the engine: each custom resource goes to `register`, whose answer becomes its
 * outputs. Returns the program's stack outputs. The program runs in a worker thread, since Pulumi's runtime is global
 * and large; nothing of it stays. A failing registration is the error, not what the program makes of it.
 */
export async function evaluateProgram(
  project: ProjectFiles,
  stack: string,
  register: (registration: Registration) => Promise<RegistrationResult>,
): Promise<Record<string, unknown>> {
  const worker = new Worker(new URL('./programWorker.ts', import.meta.url), { workerData: { project, stack } });
  const send = (message: ToProgram) => worker.postMessage(message);
  let refusal: unknown;
  const answer = (call: number, registration: Registration) =>
    register(registration).then(
      (result) => send({ call, result }),
      (error: unknown) => {
        refusal ??= error;
        send({ call, refusal: (error as Error).message });
      },
    );
  try {
    return await new Promise<Record<string, unknown>>((resolve, reject) => {
      worker.on('message', (message: FromProgram) => {
        if (message.kind === 'register') void answer(message.call, message.registration);
        else if (message.kind === 'evaluated') resolve(message.outputs);
        else reject((refusal ?? asError(message.error)) as Error);
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`The program ended the evaluation with process.exit(${code}).`)));
    });
  } finally {
    await worker.terminate();
  }
}

/** Errors lose the names of their classes on the way between threads. */
function asError({ name, message, stack }: { name: string; message: string; stack?: string }): Error {
  return Object.assign(new Error(message), { name, stack });
}
