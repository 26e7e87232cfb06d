import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { log, runtime } from '@pulumi/pulumi/index.js';
import type { ProjectFiles } from './projectFiles.ts';

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
 * Evaluates a Pulumi program in this process, without the engine: each custom resource goes to `register`, whose answer
 * becomes its outputs. Returns the program's stack outputs. One program per process, because Pulumi's runtime is global.
 */
export async function evaluateProgram(
  project: ProjectFiles,
  stack: string,
  register: (registration: Registration) => Promise<RegistrationResult>,
): Promise<Record<string, unknown>> {
  let failure: unknown;
  await runtime.setMocks(
    {
      newResource: async ({ type, name, inputs, custom }) => {
        if (!custom) return { id: `${name}-component`, state: inputs };
        try {
          const { id, outputs } = await register({ type, name, inputs });
          return { id, state: { ...inputs, ...outputs } };
        } catch (error) {
          failure ??= error;
          throw error;
        }
      },
      call: ({ token }) => {
        failure ??= new Error(`The local target does not know the function ${token}.`);
        throw failure;
      },
    },
    project.name,
    stack,
    false,
  );
  runtime.setAllConfig(project.config);
  // A refused registration rejects many outputs, some of them only after this function has thrown: the listener stays
  // after a failure, whose echoes they are.
  const onRejection = (reason: unknown) => {
    failure ??= reason;
  };
  process.on('unhandledRejection', onRejection);
  let program: Record<string, unknown>;
  try {
    program = (await import(pathToFileURL(join(project.main, 'index.ts')).href)) as Record<string, unknown>;
    await runtime.disconnect();
  } catch (error) {
    throw (failure ?? error) as Error;
  }
  if (failure) throw failure as Error;
  if (log.hasErrors()) throw new Error('The program reported errors; see the lines above.');
  process.off('unhandledRejection', onRejection);
  return resolveOutputs(program);
}

async function resolveOutputs(program: Record<string, unknown>): Promise<Record<string, unknown>> {
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(program)) {
    const { promise } = value as { promise?: () => Promise<unknown> };
    resolved[name] = typeof promise === 'function' ? await promise.call(value) : value;
  }
  return resolved;
}
