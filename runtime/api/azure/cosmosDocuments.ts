import type { Container } from '@azure/cosmos';
import type { ItemDocument, ProfileDocument } from '../../contracts/documents.ts';

/** Point reads of profiles by subject. */
export function profileReader(container: Container): (subject: string) => Promise<ProfileDocument | undefined> {
  return async (subject) => (await container.item(subject, subject).read<ProfileDocument>()).resource;
}

/** Writes of catalogue documents; they resolve to the new ETag. */
export function itemWriter(container: Container): (document: ItemDocument) => Promise<string> {
  return async (document) => (await container.items.upsert<ItemDocument>(document)).etag;
}
