import { badRequest, type CosmosError } from '../errors.ts';
import { isObject, setOwn, type Json, type JsonObject } from '../json.ts';

export type PatchOperation =
  | { op: 'add' | 'set' | 'replace'; path: string; value: Json }
  | { op: 'incr'; path: string; value: number }
  | { op: 'remove'; path: string }
  | { op: 'move'; from: string; path: string };

/** What an operation changes: a member of an object or an element of an array. */
interface Target {
  parent: JsonObject | Json[];
  name: string;
}

/** Applies one operation of a patch to a document in place. `index` is its number in the patch, for messages. */
export function applyPatch(document: JsonObject, operation: PatchOperation, index: number): void {
  const fault = (text: string) => badRequest(`For Operation(${index + 1}): ${text}`);
  const target = find(document, operation.path, fault);
  switch (operation.op) {
    case 'add':
      insert(target, operation.value, operation.path, fault);
      return;
    case 'set':
      if (Array.isArray(target.parent) && read(target) === undefined)
        insert(target, operation.value, operation.path, fault);
      else write(target, operation.value);
      return;
    case 'replace':
      requireExisting(target, 'Replace', operation.path, fault);
      write(target, operation.value);
      return;
    case 'incr':
      increment(target, operation, fault);
      return;
    case 'remove':
      requireExisting(target, 'Remove', operation.path, fault);
      remove(target);
      return;
    case 'move': {
      const { from, path } = operation;
      if (path === from) return;
      if (path.startsWith(`${from}/`))
        throw fault(`the target "${path}" of a move must not lie in its source "${from}".`);
      const source = find(document, from, fault);
      const value = requireExisting(source, 'Move', from, fault);
      remove(source);
      place(find(document, path, fault), value, path, fault);
    }
  }
}

type Fault = (text: string) => CosmosError;

/** Finds where a JSON pointer leads: everything but its last step must exist. */
function find(document: JsonObject, pointer: string, fault: Fault): Target {
  const names = pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop() as string;
  let parent: Json = document;
  for (const name of names) {
    const next: Json | undefined = isContainer(parent) ? read({ parent, name }) : undefined;
    if (next === undefined) throw fault(`there is no path available at "${pointer}": "${name}" does not exist.`);
    parent = next;
  }
  if (!isContainer(parent))
    throw fault(`there is no path available at "${pointer}": its parent is no object or array.`);
  return { parent, name: last };
}

function isContainer(value: Json): value is JsonObject | Json[] {
  return typeof value === 'object' && value !== null;
}

function read({ parent, name }: Target): Json | undefined {
  if (Array.isArray(parent)) return isIndex(name) ? parent[Number(name)] : undefined;
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function write({ parent, name }: Target, value: Json): void {
  if (Array.isArray(parent)) parent[Number(name)] = value;
  else setOwn(parent, name, value);
}

function remove({ parent, name }: Target): void {
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete parent[name];
}

/** Puts an element before the one at the index, `-` behind the last; in an object it sets the member. */
function insert(target: Target, value: Json, path: string, fault: Fault): void {
  const { parent, name } = target;
  if (!Array.isArray(parent)) {
    write(target, value);
    return;
  }
  const at = name === '-' ? parent.length : isIndex(name) ? Number(name) : -1;
  if (at < 0 || at > parent.length) {
    throw fault(`"${path}" is no place in an array of ${parent.length} elements.`);
  }
  parent.splice(at, 0, value);
}

function place(target: Target, value: Json, path: string, fault: Fault): void {
  if (isObject(target.parent)) write(target, value);
  else insert(target, value, path, fault);
}

function increment(target: Target, { path, value }: { path: string; value: number }, fault: Fault): void {
  const before = read(target);
  if (before === undefined && !Array.isArray(target.parent)) {
    write(target, value);
    return;
  }
  if (typeof before !== 'number') throw fault(`"${path}" cannot be incremented: it is no number.`);
  write(target, before + value);
}

function requireExisting(target: Target, operation: string, path: string, fault: Fault): Json {
  const value = read(target);
  if (value === undefined) {
    throw fault(
      `${operation} Operation can only be performed on an existing path. There is no path available at "${path}".`,
    );
  }
  return value;
}

function isIndex(name: string): boolean {
  return /^(0|[1-9]\d*)$/.test(name);
}
