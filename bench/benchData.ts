import { BulkOperationType, type Container, type JSONObject } from '@azure/cosmos';
import {
  itemDocumentId,
  userSubject,
  type ItemDocument,
  type ProfileDocument,
} from '../runtime/contracts/documents.ts';
import { CONTAINERS } from '../runtime/contracts/names.ts';
import { packModel } from '../runtime/scoring/artefacts.ts';
import { randomModel, untrainedRecord } from '../runtime/scoring/testing/randomModel.ts';
import { seededRandom } from '../runtime/scoring/testing/seededRandom.ts';
import type { ApiStack } from './apiStack.ts';

const NEIGHBOURS = 50;
const CLICKS = 20;

/** Publishes a random model, fills the catalogue with its items and gives every user 20 clicks on some of them. */
export async function fillStores(
  { database, publishModel }: ApiStack,
  { items, users }: { items: number; users: number },
): Promise<void> {
  await publishModel(packModel(randomModel({ items, perItem: NEIGHBOURS, seed: 1 }), untrainedRecord));
  const random = seededRandom(2);
  const anyItem = () => `item-${Math.floor(random() * items)}`;
  const catalogue = Array.from({ length: items }, (_, index) => itemDocument(`item-${index}`, index));
  const profiles = Array.from({ length: users }, (_, user) => profileDocument(`user-${user}`, anyItem));
  await upsertAll(database.container(CONTAINERS.items.name), catalogue);
  await upsertAll(database.container(CONTAINERS.profiles.name), profiles);
}

function itemDocument(itemId: string, index: number): ItemDocument {
  return {
    id: itemDocumentId(itemId),
    itemId,
    title: `WHITE METAL LANTERN ${index}`,
    categories: [`category-${index % 20}`],
    price: 1 + (index % 100),
    available: true,
    updatedAt: new Date().toISOString(),
  };
}

function profileDocument(userId: string, anyItem: () => string): ProfileDocument {
  const subject = userSubject(userId);
  const history = Array.from({ length: CLICKS }, (_, index) => {
    return { item: anyItem(), action: 'click', time: index, sequence: index };
  });
  return {
    id: subject,
    subject,
    kind: 'user',
    partition: '0',
    sequence: CLICKS,
    history,
    items: [],
    hidden: [],
    recentIds: '',
    events: CLICKS,
  };
}

/** The id of these documents is their partition key. */
async function upsertAll(container: Container, documents: readonly { id: string }[]): Promise<void> {
  const operations = documents.map((document) => ({
    operationType: BulkOperationType.Upsert,
    partitionKey: document.id,
    resourceBody: document as unknown as JSONObject,
  }));
  const results = await container.items.executeBulkOperations(operations);
  const failed = results.find(({ error }) => error !== undefined);
  if (failed) throw new Error('a document could not be stored', { cause: failed.error });
}
