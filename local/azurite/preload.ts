import type { RequestListener, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LokiIndex, type LokiDatabase } from './lokiIndex.ts';

/**
 * Preloaded (`node --import`) into Azurite, which saves its index of blobs every five seconds: a crash would lose blobs,
 * leases and deletions that it has answered for. Here every answer waits until what it tells of is saved. The package
 * stays as it is; what is used of its inside is in the interfaces below, and its version is pinned.
 */

interface Store {
  /** Its file, which has to exist for the store to load anything. */
  lokiDBPath: string;
  db: LokiDatabase;
}

interface ListenerFactory {
  metadataStore: Store;
  extentStore: { getMetadataStore(): Store };
  createRequestListener(): RequestListener;
}

const INDEX_FILE = 'index.sqlite';

const require = createRequire(import.meta.url);
const { default: Factory } = require('azurite/dist/src/blob/BlobRequestListenerFactory.js') as {
  default: { prototype: ListenerFactory };
};
const { createRequestListener } = Factory.prototype;

/** Called once, while the server is made and before its stores are loaded. */
Factory.prototype.createRequestListener = function () {
  const index = keepInIndex([this.extentStore.getMetadataStore(), this.metadataStore]);
  const listener = createRequestListener.call(this);
  return (request, response) => {
    saveBeforeAnswering(response, index);
    listener(request, response);
  };
};

function keepInIndex(stores: Store[]): LokiIndex {
  const path = join(dirname(stores[0].lokiDBPath), INDEX_FILE);
  const index = new LokiIndex(path);
  for (const store of stores) {
    index.attach(store.db);
    store.lokiDBPath = path;
  }
  return index;
}

/** Nothing is told that is not saved, neither by the request that changed it nor by one that has read it. */
function saveBeforeAnswering(response: ServerResponse, index: LokiIndex): void {
  for (const name of ['write', 'end'] as const) {
    const original = response[name] as (...args: unknown[]) => unknown;
    const afterSave = (...args: unknown[]): unknown => {
      try {
        index.save();
      } catch (error) {
        console.error(`The index of blobs could not be saved: ${(error as Error).message}`);
        return response.destroy();
      }
      return original.apply(response, args);
    };
    response[name] = afterSave as never;
  }
}
