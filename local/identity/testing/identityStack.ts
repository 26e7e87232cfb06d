import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ISSUER, issueToken } from '../accessTokens.ts';
import { Directory, type DirectoryContent, type Identity } from '../directory.ts';
import { ensureIdentityFiles, type IdentityFiles } from '../files.ts';

/** Files of profile `faithful` in a folder of the test's own, and tokens signed with them. */
export interface IdentityStack {
  files: IdentityFiles;
  directory: Directory;
  signingKey: KeyObject;
  /** A token of an identity as the managed-identity endpoint would give it. */
  token(identity: Identity, audience: string, lifetimeSeconds?: number): Promise<string>;
  /** Deletes the folder. */
  remove(): Promise<void>;
}

const RESOURCE_GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg';

/** An identity whose ids are made of its name. */
export function testIdentity(name: string): Identity {
  const resourceId = `${RESOURCE_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  return { resourceId, principalId: `principal-of-${name}`, clientId: `client-of-${name}` };
}

/** ARM id of a resource of the tests. */
export function testResource(path: string): string {
  return `${RESOURCE_GROUP}/providers/${path}`;
}

/** An `identityStack` for the running test alone. */
export async function testIdentityStack(content?: Partial<DirectoryContent>): Promise<IdentityStack> {
  const stack = await identityStack(content);
  onTestFinished(() => stack.remove());
  return stack;
}

export async function identityStack(content: Partial<DirectoryContent> = {}): Promise<IdentityStack> {
  const folder = await mkdtemp(join(tmpdir(), 'attune-identity-'));
  const files = await ensureIdentityFiles(folder);
  const directory = new Directory(files.directory);
  directory.write({ identities: [], holders: [], assignments: [], ...content });
  const signingKey = createPrivateKey(readFileSync(files.signingKey));
  return {
    files,
    directory,
    signingKey,
    token: (identity, audience, lifetimeSeconds = 3_600) =>
      issueToken({ key: signingKey, identity, audience, issuer: ISSUER, lifetimeSeconds }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
