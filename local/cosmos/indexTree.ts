import type { IndexingPolicy } from './indexingPolicy.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { splitPath } from './partitionKey.ts';
import { isSystemProperty } from './store/documentText.ts';

/** What a policy says about one place in a document; what it leaves open is decided further up. */
interface Node {
  members: Map<string, Node>;
  /** `/[]`: the elements of an array. */
  elements?: Node;
  /** `/?`: the value itself. */
  scalar?: boolean;
  /** `/*`: the value and everything below it. */
  below?: boolean;
}

/** The paths of an indexing policy, made ready for looking up: the more precise path decides. */
export class IndexTree {
  readonly #root = newNode();
  readonly #isNone: boolean;

  constructor({ indexingMode, includedPaths, excludedPaths }: IndexingPolicy) {
    this.#isNone = indexingMode === 'none';
    for (const { path } of includedPaths) this.#add(path, true);
    for (const { path } of excludedPaths) this.#add(path, false);
  }

  /** Whether the value at a path is indexed; `id` and `_ts` always are. */
  includes(path: readonly string[]): boolean {
    if (this.#isNone) return false;
    if (path.length === 1 && (path[0] === 'id' || path[0] === '_ts')) return true;
    let node: Node | undefined = this.#root;
    let below = node.below ?? false;
    for (const name of path) {
      node = node?.members.get(name);
      below = node?.below ?? below;
    }
    return node?.scalar ?? below;
  }

  /** Whether documents without the property are in its index too: only a path that names it puts them there. */
  includesMissing(path: readonly string[]): boolean {
    let node: Node | undefined = this.#root;
    for (const name of path) node = node?.members.get(name);
    return node?.scalar === true;
  }

  /** How many terms a document puts into the index: one for each scalar value on an indexed path, and its `_ts`. */
  terms(document: JsonObject): number {
    if (this.#isNone) return 0;
    const { members, below = false } = this.#root;
    let count = 1;
    for (const name in document) {
      if (isSystemProperty(name)) continue;
      count += name === 'id' ? 1 : terms(document[name] as Json, members.get(name), below);
    }
    return count;
  }

  #add(path: string, isIncluded: boolean): void {
    const names = splitPath(path);
    const end = names.pop();
    let node = this.#root;
    for (const name of names) node = name === '[]' ? (node.elements ??= newNode()) : memberOf(node, name);
    if (end === '*') node.below = isIncluded;
    else if (end === '?') node.scalar = isIncluded;
  }
}

function terms(value: Json, node: Node | undefined, above: boolean): number {
  const below = node?.below ?? above;
  if (typeof value !== 'object' || value === null) return (node?.scalar ?? below) ? 1 : 0;
  if (!below && !node) return 0;
  let count = 0;
  if (isObject(value)) for (const name in value) count += terms(value[name] as Json, node?.members.get(name), below);
  else for (const element of value) count += terms(element, node?.elements, below);
  return count;
}

function memberOf(node: Node, name: string): Node {
  let member = node.members.get(name);
  if (!member) node.members.set(name, (member = newNode()));
  return member;
}

function newNode(): Node {
  return { members: new Map() };
}
