import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { log, runtime } from '@pulumi/pulumi/index.js';
import type { Registration, RegistrationResult } from './evaluate.ts';
import type { ProjectFiles } from './projectFiles.ts';

/** What the program's thread says; see `evaluate.ts` for the other side. */
export type FromProgram =
  | { kind: 'register'; call: number; registration: Registration }
  | { kind: 'evaluated'; outputs: Record<string, unknown> }
  | { kind: 'failed'; error: { name: string; message: string; stack?: string } };

/** The answer to registration number `call`. */
export type ToProgram = { call: number } & ({ result: RegistrationResult } | { refusal: string });

const port = parentPort as MessagePort;
const { project, stack } = workerData as { project: ProjectFiles; stack: string };
const waiting = new Map<number, PromiseWithResolvers<RegistrationResult>>();
let calls = 0;

port.on('message', (message: ToProgram) => {
  const call = waiting.get(message.call);
  waiting.delete(message.call);
  if ('result' in message) call?.resolve(message.result);
  else call?.reject(new Error(message.refusal));
});

// A failed registration rejects many outputs, some without a listener: the first failure ends the evaluation.
process.on('unhandledRejection', fail);
try {
  say({ kind: 'evaluated', outputs: await evaluate() });
} catch (error) {
  fail(error);
}

async function evaluate(): Promise<Record<string, unknown>> {
  await runtime.setMocks({ newResource, call: unknownFunction }, project.name, stack, false);
  runtime.setAllConfig(project.config);
  const program = (await import(pathToFileURL(join(project.main, 'index.ts')).href)) as Record<string, unknown>;
  await runtime.disconnect();
  if (log.hasErrors()) throw new Error('The program reported errors; see the lines above.');
  return resolveOutputs(program);
}

async function newResource({
  type,
  name,
  inputs,
  custom,
}: runtime.MockResourceArgs): Promise<runtime.MockResourceResult> {
  if (!custom) return { id: `${name}-component`, state: inputs as object };
  const call = (calls += 1);
  const answer = Promise.withResolvers<RegistrationResult>();
  waiting.set(call, answer);
  const registration = { type, name, inputs: (await plain(inputs)) as Record<string, unknown> };
  say({ kind: 'register', call, registration });
  const { id, outputs } = await answer.promise;
  return { id, state: { ...registration.inputs, ...outputs } };
}

function unknownFunction({ token }: runtime.MockCallArgs): never {
  throw new Error(`The local target does not know the function ${token}.`);
}

/** Inputs as values that can go to another thread: an archive becomes its path. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Promise) return plain(await value);
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  const entries = Object.entries(value).map(async ([key, member]) => [key, await plain(member)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveOutputs(program: Record<string, unknown>): Promise<Record<string, unknown>> {
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(program)) {
    const { promise } = value as { promise?: () => Promise<unknown> };
    resolved[name] = await plain(typeof promise === 'function' ? promise.call(value) : value);
  }
  return resolved;
}

function fail(reason: unknown): void {
  const { name, message, stack: trace } = reason instanceof Error ? reason : new Error(String(reason));
  say({ kind: 'failed', error: { name, message, stack: trace } });
}

function say(message: FromProgram): void {
  port.postMessage(message);
}
