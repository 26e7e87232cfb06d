import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { azuriteProcess } from '../cloud/azurite.ts';
import { freePort } from '../cloud/ports.ts';
import { AUDIENCES } from '../identity/accessTokens.ts';
import type { Identity } from '../identity/directory.ts';
import { openServiceAccess } from '../identity/serviceAccess.ts';
import { identityStack, testIdentity, testResource, type IdentityStack } from '../identity/testing/identityStack.ts';
import type { ManagedProcess } from '../process/managedProcess.ts';
import { BlobFront } from './blobFront.ts';

const ACCOUNT = 'registry';
const KEY = Buffer.from('key of the tests of the Blob front').toString('base64');
const accountId = testResource(`Microsoft.Storage/storageAccounts/${ACCOUNT}`);
const containerId = (name: string) => `${accountId}/blobServices/default/containers/${name}`;
const READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
const CONTRIBUTOR = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe';
const writer = testIdentity('writer');
const reader = testIdentity('reader');
const stranger = testIdentity('stranger');

let stack: IdentityStack;
let azurite: ManagedProcess;
let front: BlobFront;
const folder = mkdtempSync(join(tmpdir(), 'attune-blob-front-'));

beforeAll(async () => {
  const azuritePort = await freePort();
  azurite = azuriteProcess({
    port: azuritePort,
    dataDir: join(folder, 'data'),
    logDir: folder,
    accounts: { [ACCOUNT]: KEY },
  });
  await azurite.start();
  stack = await identityStack({
    assignments: [
      { id: '1', principalId: writer.principalId, roleId: CONTRIBUTOR, scope: accountId },
      { id: '2', principalId: reader.principalId, roleId: READER, scope: containerId('models') },
    ],
  });
  const access = openServiceAccess({ faithful: stack.files }, AUDIENCES.blob)!;
  front = new BlobFront({
    access,
    azuritePort,
    accounts: { [ACCOUNT]: { key: KEY, resourceId: accountId } },
    port: 0,
  });
  await front.start();
});

afterAll(async () => {
  await front.stop();
  await azurite.stop();
  await stack.remove();
  rmSync(folder, { recursive: true });
});

/** The official client as an identity, over https, trusting the local authority. */
function clientOf(identity: Identity): BlobServiceClient {
  return new BlobServiceClient(endpoint(), credentialOf(identity), options());
}

function credentialOf(identity: Identity, audience: string = AUDIENCES.blob[0]) {
  const expiresOnTimestamp = Date.now() + 3_600_000;
  return { getToken: async () => ({ token: await stack.token(identity, audience), expiresOnTimestamp }) };
}

const endpoint = () => `https://localhost:${front.port}/${ACCOUNT}`;
const options = () => ({ tlsOptions: { ca: readFileSync(stack.files.ca, 'utf8') }, retryOptions: { maxTries: 1 } });

describe('with a role', () => {
  let models: ReturnType<BlobServiceClient['getContainerClient']>;

  beforeEach(async () => {
    models = clientOf(writer).getContainerClient('models');
    await models.createIfNotExists();
  });

  it('writes, reads, lists, leases, copies and deletes', async () => {
    const blob = models.getBlockBlobClient('a folder/ä&b.json');
    await blob.uploadData(Buffer.alloc(6 * 1024 * 1024, 'x'), { blockSize: 4 * 1024 * 1024 });
    expect((await blob.downloadToBuffer()).length).toBe(6 * 1024 * 1024);
    await blob.setMetadata({ kind: 'model' });
    expect((await blob.getProperties()).metadata).toEqual({ kind: 'model' });
    const lease = blob.getBlobLeaseClient();
    await lease.acquireLease(15);
    await lease.releaseLease();
    const copy = models.getBlockBlobClient('copy');
    await (await copy.beginCopyFromURL(blob.url)).pollUntilDone();
    const names: string[] = [];
    for await (const { name } of models.listBlobsFlat()) names.push(name);
    expect(names).toEqual(['a folder/ä&b.json', 'copy']);
    await Promise.all([blob.delete(), copy.delete()]);
  });

  it('keeps the answers of the service: conditions, ranges, missing blobs', async () => {
    const blob = models.getBlockBlobClient('conditions');
    await blob.upload('12345', 5);
    const denied = blob.upload('x', 1, { conditions: { ifNoneMatch: '*' } });
    await expect(denied).rejects.toMatchObject({ statusCode: 409, code: 'BlobAlreadyExists' });
    expect((await blob.downloadToBuffer(1, 3)).toString()).toBe('234');
    await expect(models.getBlobClient('missing').download()).rejects.toMatchObject({ code: 'BlobNotFound' });
    await blob.delete();
  });

  it('lets a reader of one container read there, and neither write there nor read elsewhere', async () => {
    await models.getBlockBlobClient('read').upload('text', 4);
    const own = clientOf(reader).getContainerClient('models');
    expect((await own.getBlobClient('read').downloadToBuffer()).toString()).toBe('text');
    await expect(own.getBlockBlobClient('read').upload('x', 1)).rejects.toMatchObject({
      statusCode: 403,
      code: 'AuthorizationPermissionMismatch',
      message: expect.stringContaining('The built-in role "Storage Blob Data Contributor"') as string,
    });
    await expect(own.getBlobClient('read').delete()).rejects.toMatchObject({ statusCode: 403 });
    const other = clientOf(reader).getContainerClient('learner');
    await expect(other.getBlobClient('x').download()).rejects.toMatchObject({ statusCode: 403 });
    await expect(other.create()).rejects.toMatchObject({ statusCode: 403 });
    const copy = own.getBlobClient('copy').beginCopyFromURL(`${endpoint()}/learner/secret`);
    await expect(copy).rejects.toMatchObject({ statusCode: 403 });
  });
});

describe('without a role or a token of this service', () => {
  it('names principal, action, scope and the role that would do', async () => {
    const denied = await clientOf(stranger)
      .getContainerClient('models')
      .getBlobClient('x')
      .download()
      .catch((error: Error) => error.message);
    for (const part of [stranger.principalId, 'blobs/read', containerId('models'), 'Storage Blob Data Reader']) {
      expect(denied).toContain(part);
    }
  });

  it('refuses keys, signatures, nobody, foreign audiences and other accounts with the error of the service', async () => {
    const key = new StorageSharedKeyCredential(ACCOUNT, KEY);
    const withKey = new BlobServiceClient(endpoint(), key, options()).getProperties();
    await expect(withKey).rejects.toMatchObject({ statusCode: 403, code: 'KeyBasedAuthenticationNotPermitted' });
    const withSignature = new BlobServiceClient(`${endpoint()}?sig=x`, undefined, options());
    await expect(withSignature.getProperties()).rejects.toMatchObject({ code: 'KeyBasedAuthenticationNotPermitted' });
    const nobody = new BlobServiceClient(endpoint(), undefined, options());
    await expect(nobody.getProperties()).rejects.toMatchObject({
      statusCode: 401,
      code: 'NoAuthenticationInformation',
    });
    const foreign = new BlobServiceClient(endpoint(), credentialOf(writer, AUDIENCES.cosmos[0]), options());
    await expect(foreign.getProperties()).rejects.toMatchObject({
      statusCode: 401,
      message: expect.stringContaining('audience') as string,
    });
    const elsewhere = new BlobServiceClient(`https://localhost:${front.port}/other`, credentialOf(writer), options());
    await expect(elsewhere.getProperties()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('says that the store is busy while Azurite is away', async () => {
    const access = openServiceAccess({ faithful: stack.files }, AUDIENCES.blob)!;
    const gone = await freePort();
    const lonely = new BlobFront({
      access,
      azuritePort: gone,
      accounts: { [ACCOUNT]: { key: KEY, resourceId: accountId } },
      port: 0,
    });
    await lonely.start();
    const client = new BlobServiceClient(
      `https://localhost:${lonely.port}/${ACCOUNT}`,
      credentialOf(writer),
      options(),
    );
    await expect(client.getProperties()).rejects.toMatchObject({ statusCode: 503, code: 'ServerBusy' });
    await lonely.stop();
  });
});
