import { ACTIONS } from '../identity/roles.ts';

/** What a request to the Blob service needs: one of the actions, on a container or on the whole account. */
export interface BlobOperation {
  account: string;
  /** Absent for operations on the account. */
  container?: string;
  /** Any one of them is enough. */
  actions: readonly string[];
}

const { blob: ACTION } = ACTIONS;

/**
 * Finds out what a request does ("Authorize access to blobs with Microsoft Entra ID: permissions for calling data
 * operations"). Undefined for a path without an account.
 */
export function blobOperation(method: string, { pathname, searchParams }: URL): BlobOperation | undefined {
  const [account = '', container = '', ...blob] = pathname.slice(1).split('/');
  if (!account) return undefined;
  const decoded = decodeURIComponent(container);
  const type = searchParams.get('restype');
  const comp = searchParams.get('comp');
  if (!container) return { account, actions: accountActions(comp) };
  // A path of one part is a container when the request says so, else a blob of the root container.
  if (blob.join('/') === '') {
    const target = type === 'container' ? decoded : '$root';
    const actions = type === 'container' ? containerActions(method, comp) : blobActions(method, comp);
    return { account, container: target, actions };
  }
  return { account, container: decoded, actions: blobActions(method, comp) };
}

function accountActions(comp: string | null): readonly string[] {
  return comp === 'userdelegationkey' ? [ACTION.userDelegationKey] : [ACTION.readContainer];
}

function containerActions(method: string, comp: string | null): readonly string[] {
  if (comp === 'list' || comp === 'blobs') return [ACTION.read];
  if (method === 'GET' || method === 'HEAD') return [ACTION.readContainer];
  return method === 'DELETE' ? [ACTION.deleteContainer] : [ACTION.writeContainer];
}

function blobActions(method: string, comp: string | null): readonly string[] {
  if (method === 'GET' || method === 'HEAD') return [ACTION.read];
  if (method === 'DELETE') return [ACTION.delete];
  return comp === null || comp === 'appendblock' ? [ACTION.write, ACTION.add] : [ACTION.write];
}
