import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson, type Json, type JsonObject } from '../json.ts';
import { ProjectError } from './projectError.ts';

const BUNDLE = 'Microsoft.Azure.Functions.ExtensionBundle.Workflows';

/** host.json of a Logic Apps project. Throws a `ProjectError` for a folder that is no project. */
export function readHostFile(projectDir: string): Json {
  const host = readJsonFile(projectDir, 'host.json');
  const bundle = isObject(host) && isObject(host.extensionBundle) ? host.extensionBundle.id : undefined;
  if (bundle !== BUNDLE)
    throw new ProjectError({
      file: 'host.json',
      fault: `extensionBundle.id must be "${BUNDLE}" for a Logic Apps project`,
    });
  return host;
}

/** Folders with a `workflow.json`, in order of their names. */
export function workflowFolders(projectDir: string): string[] {
  return readdirSync(projectDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(projectDir, entry.name, 'workflow.json')))
    .map((entry) => entry.name)
    .toSorted();
}

/** A file of the project as an object; an empty one if it may be missing and is. */
export function readObjectFile(projectDir: string, file: string, mayBeMissing = false): JsonObject {
  if (mayBeMissing && !existsSync(join(projectDir, file))) return {};
  const content = readJsonFile(projectDir, file);
  if (!isObject(content)) throw new ProjectError({ file, fault: 'the file must hold a JSON object' });
  return content;
}

function readJsonFile(projectDir: string, file: string): Json {
  let text: string;
  try {
    text = readFileSync(join(projectDir, file), 'utf8');
  } catch (error) {
    throw new ProjectError({ file, fault: `cannot be read in ${projectDir} (${(error as Error).message})` });
  }
  try {
    return parseJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ProjectError({ file, fault: `is not JSON: ${(error as Error).message}` });
  }
}
