import { createHmac } from 'node:crypto';
import type { AccessKey } from '../tokens.ts';

export interface SasTokenOptions {
  resource: string;
  /** Seconds since 1970. */
  expiry: number;
  accessKey: AccessKey;
}

/** A shared access signature as clients make it. */
export function sasToken({ resource, expiry, accessKey }: SasTokenOptions): string {
  const encoded = encodeURIComponent(resource);
  const signature = createHmac('sha256', accessKey.key).update(`${encoded}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${accessKey.name}`;
}
