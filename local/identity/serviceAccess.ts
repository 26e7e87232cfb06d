import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AccessControl } from './accessControl.ts';
import { TokenVerifier } from './accessTokens.ts';
import { Directory } from './directory.ts';
import type { IdentityFiles } from './files.ts';

/** What a local service is told in profile `faithful`, as the option `faithful`. */
export type FaithfulOptions = Pick<IdentityFiles, 'certificate' | 'key' | 'publicKey' | 'directory'>;

/** How a local service proves itself and checks its callers in profile `faithful`. */
export interface ServiceAccess {
  tls: { cert: Buffer; key: Buffer };
  tokens: TokenVerifier;
  control: AccessControl;
}

/** Reads the files named in a service's options; undefined in profile `fast`. `audiences`: one of `AUDIENCES`. */
export function openServiceAccess(
  options: Record<string, unknown>,
  audiences: readonly string[],
): ServiceAccess | undefined {
  const files = options.faithful as FaithfulOptions | undefined;
  if (!files) return undefined;
  return {
    tls: { cert: readFileSync(files.certificate), key: readFileSync(files.key) },
    tokens: new TokenVerifier({ publicKey: createPublicKey(readFileSync(files.publicKey)), audiences }),
    control: new AccessControl(new Directory(files.directory)),
  };
}
