import type { JSONObject } from '@azure/cosmos';

/** What one operation of a batch or bulk request was answered with. */
export interface OperationAnswer {
  statusCode: number;
  eTag?: string;
  resourceBody?: JSONObject;
  /** In answers of the service, though not in the client's types. */
  retryAfterMilliseconds?: number;
}

/** The document without what Cosmos adds (`_etag`, `_ts`, `_rid` and so on), as a body to write. */
export function documentBody(document: object): JSONObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_'))) as JSONObject;
}
