import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSigningKey } from './accessTokens.ts';
import { ensureCertificates, type CertificateFiles } from './certificates.ts';

/** Files of profile `faithful` in the data folder of a stack. */
export interface IdentityFiles extends CertificateFiles {
  signingKey: string;
  publicKey: string;
  /** Identities, who may use them, and role assignments; see `Directory`. */
  directory: string;
}

/** Makes whatever of the files is missing or about to expire; the directory is written by its owner. */
export async function ensureIdentityFiles(folder: string): Promise<IdentityFiles> {
  mkdirSync(folder, { recursive: true });
  const keys = { signingKey: join(folder, 'tokens.key'), publicKey: join(folder, 'tokens.pem') };
  ensureSigningKey(keys);
  return { ...(await ensureCertificates(folder)), ...keys, directory: join(folder, 'directory.json') };
}
