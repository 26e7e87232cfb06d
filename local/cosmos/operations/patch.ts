import { badRequest, notFound, preconditionFailed } from '../errors.ts';
import { isObject, textOf, type Json, type JsonObject } from '../json.ts';
import type { PartitionKey } from '../partitionKey.ts';
import { patchCharge } from '../requestUnits.ts';
import { newEnvironment, patchCondition } from '../sql/query.ts';
import { forEachRow } from '../sql/select.ts';
import type { Container } from '../store/container.ts';
import { withoutSystemProperties } from '../store/documentText.ts';
import { identify, requireMatch, type ItemResult, type Preconditions } from './items.ts';
import { applyPatch, type PatchOperation } from './patchOperations.ts';

/** Body of a PATCH request: `[…]` or `{condition, operations: […]}`. */
export interface Patch {
  condition?: string;
  operations: PatchOperation[];
}

const MAXIMUM_OPERATIONS = 10;
const KINDS = ['add', 'set', 'replace', 'remove', 'incr', 'move'];

/** Checks the form of a patch. */
export function parsePatch(body: Json | undefined): Patch {
  const operations = isObject(body) ? body.operations : body;
  const condition = isObject(body) ? body.condition : undefined;
  if (!Array.isArray(operations)) {
    throw badRequest('A patch is an array of operations or {"condition": "from c where …", "operations": […]}.');
  }
  if (operations.length === 0 || operations.length > MAXIMUM_OPERATIONS) {
    throw badRequest(
      `The number of patch operations can't exceed '${MAXIMUM_OPERATIONS}' and must not be 0: ${operations.length}.`,
    );
  }
  if (condition !== undefined && typeof condition !== 'string')
    throw badRequest('The condition of a patch must be a string.');
  return { condition, operations: operations.map(parseOperation) };
}

/** Changes parts of an item. All operations are applied, or the item stays as it is. */
export function patchItem(
  container: Container,
  key: PartitionKey,
  id: string,
  { condition, operations }: Patch,
  { ifMatch }: Preconditions,
): ItemResult {
  const previous = container.read(key, id);
  if (!previous) throw notFound();
  requireMatch(previous, ifMatch);
  const stored = JSON.parse(textOf(previous.body)) as JsonObject;
  if (condition !== undefined && !fulfils(stored, condition, container.nowSeconds * 1000)) throw preconditionFailed();
  const document = withoutSystemProperties(stored);
  for (const [index, operation] of operations.entries()) applyPatch(document, operation, index);
  const changed = identify(container, { document }, undefined);
  if (changed.id !== id || changed.key.text !== key.text) {
    throw badRequest('A patch must not change the id or the partition key of an item.');
  }
  const { body, etag } = container.write(key, { document }, previous);
  return { status: 200, body, etag, charge: patchCharge(previous.bytes, body.length, operations.length) };
}

function fulfils(document: JsonObject, condition: string, now: number): boolean {
  const { plan, root } = patchCondition(condition);
  const environment = newEnvironment(new Map(), now);
  environment.slots[root] = document;
  let fulfilled = false;
  forEachRow(plan, environment, 0, () => {
    fulfilled = true;
  });
  return fulfilled;
}

function parseOperation(input: Json, index: number): PatchOperation {
  const fault = (text: string) => badRequest(`For Operation(${index + 1}): ${text}`);
  if (!isObject(input)) throw fault('it must be an object.');
  const { op, path, from, value } = input;
  if (typeof op !== 'string' || !KINDS.includes(op)) {
    throw fault(`"op" ${JSON.stringify(op) ?? ''} is unknown: allowed are ${KINDS.join(', ')}.`);
  }
  if (typeof path !== 'string' || !path.startsWith('/') || path.length < 2) {
    throw fault('"path" must start with "/" and name a property.');
  }
  if (op === 'move' && (typeof from !== 'string' || !from.startsWith('/'))) throw fault('a move needs "from", a path.');
  if (['add', 'set', 'replace', 'incr'].includes(op) && value === undefined) throw fault(`"${op}" needs a "value".`);
  if (op === 'incr' && typeof value !== 'number') throw fault('the "value" of an incr must be a number.');
  return { op, path, from, value } as PatchOperation;
}
