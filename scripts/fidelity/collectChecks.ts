import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collectTests } from './collectTests.ts';

/** How a behaviour of a local service relates to the service on Azure. */
export const FIDELITIES = ['like Azure', 'differs', 'refused'] as const;
export type Fidelity = (typeof FIDELITIES)[number];

/** A named check of a local service, and the file that holds it. */
export interface NamedCheck {
  name: string;
  fidelity: Fidelity;
  /** Relative to the project, with `/`. */
  file: string;
}

/** Services in the order of the documentation, by their folder in `local/`. */
export const SERVICES = {
  eventhubs: 'Event Hubs',
  cosmos: 'Cosmos DB',
  eventgrid: 'Event Grid',
  'functions-host': 'Functions',
  'workflow-runner': 'Logic Apps (a subset by the public documentation)',
} as const;
export type ServiceFolder = keyof typeof SERVICES;

interface ExportedCheck {
  name: string;
  fidelity?: Fidelity;
  run: unknown;
}

/**
 * What a service is held to: every list of checks that a module of its folder `checks` exports, or, for a service without
 * one, its tests.
 */
export async function collectChecks(projectDir: string, service: ServiceFolder): Promise<NamedCheck[]> {
  const folder = `local/${service}/checks`;
  const files = globSync(`${folder}/*.ts`, { cwd: projectDir }).map((file) => file.replaceAll('\\', '/'));
  if (files.length === 0) return collectTests(projectDir, `local/${service}`);
  const found = new Map<string, NamedCheck>();
  for (const file of files.sort()) {
    const module = (await import(pathToFileURL(join(projectDir, file)).href)) as Record<string, unknown>;
    for (const { name, fidelity = 'like Azure' } of Object.values(module).filter(isCheckList).flat()) {
      // Modules may join the lists of others; the first one that has a check holds it.
      if (!found.has(name)) found.set(name, { name, fidelity, file });
    }
  }
  return [...found.values()];
}

function isCheckList(value: unknown): value is ExportedCheck[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => isCheck(entry));
}

function isCheck(value: unknown): value is ExportedCheck {
  const { name, run } = (value ?? {}) as Partial<ExportedCheck>;
  return typeof name === 'string' && typeof run === 'function';
}
