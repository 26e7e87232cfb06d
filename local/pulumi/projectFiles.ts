import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the local target reads of a Pulumi project and one of its stacks. */
export interface ProjectFiles {
  name: string;
  /** Folder of the program, absolute. */
  main: string;
  /** Config values of the stack as the engine hands them over: `project:key` to text (objects as JSON). */
  config: Record<string, string>;
}

/** A mistake in a file or an argument of the user: shown as one line, without a stack. */
export class UsageError extends Error {}

interface ProjectYaml {
  name: string;
  main?: string;
  config?: Record<string, unknown>;
}

/**
 * Reads `Pulumi.yaml` and `Pulumi.<stack>.yaml` of a folder. Defaults of the config schema fill in what the stack does
 * not set, as the engine does it.
 */
export function readProjectFiles(projectDir: string, stack: string): ProjectFiles {
  const project = readYaml(join(projectDir, 'Pulumi.yaml')) as ProjectYaml;
  const stackFile = join(projectDir, `Pulumi.${stack}.yaml`);
  if (!existsSync(stackFile)) throw new UsageError(`There is no stack "${stack}": ${stackFile} does not exist.`);
  const stackConfig = (readYaml(stackFile) as { config?: Record<string, unknown> } | null)?.config ?? {};

  const config: Record<string, string> = {};
  const qualify = (key: string) => (key.includes(':') ? key : `${project.name}:${key}`);
  for (const [key, schema] of Object.entries(project.config ?? {})) {
    const value = isSchema(schema) ? (schema.value ?? schema.default) : schema;
    if (value !== undefined && value !== null) config[qualify(key)] = asConfigText(value);
  }
  for (const [key, value] of Object.entries(stackConfig)) config[qualify(key)] = asConfigText(value);
  return { name: project.name, main: join(projectDir, project.main ?? '.'), config };
}

function isSchema(value: unknown): value is { value?: unknown; default?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asConfigText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
}
