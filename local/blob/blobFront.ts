import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { AccessDenied } from '../identity/accessControl.ts';
import { TokenRefused, type Principal } from '../identity/accessTokens.ts';
import type { ServiceAccess } from '../identity/serviceAccess.ts';
import { blobOperation, type BlobOperation } from './blobOperation.ts';
import { refuse } from './blobRefusal.ts';

export interface StorageAccount {
  /** Azurite's key of the account. */
  key: string;
  /** ARM id. */
  resourceId: string;
}

export interface BlobFrontOptions {
  access: ServiceAccess;
  /** Where Azurite listens. */
  azuritePort: number;
  /** By name. */
  accounts: Readonly<Record<string, StorageAccount>>;
  /** 0 takes a free port. */
  port: number;
}

const SAS_LIFETIME_MS = 24 * 3_600_000;
const NO_KEYS = {
  status: 403,
  code: 'KeyBasedAuthenticationNotPermitted',
  message: 'Key based authentication is not permitted on this storage account: send a token of an identity.',
};

/**
 * The Blob endpoint of profile `faithful`: https, tokens only, every operation checked against the role assignments.
 * What is allowed goes on to Azurite, which knows no roles, with a shared access signature of this front's own.
 */
export class BlobFront {
  readonly #options: BlobFrontOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #signatures = new Map<string, { text: string; renewAt: number }>();

  constructor(options: BlobFrontOptions) {
    this.#options = options;
    this.#server = createServer(options.access.tls, (request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, '127.0.0.1', resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) {
      const isKey = request.headers.authorization !== undefined || url.searchParams.has('sig');
      const anonymous = { status: 401, code: 'NoAuthenticationInformation', message: 'Send a token of an identity.' };
      return refuse(response, isKey ? NO_KEYS : anonymous);
    }
    const operation = blobOperation(request.method ?? 'GET', url);
    const account = operation && this.#options.accounts[operation.account];
    if (!operation || !account) {
      return refuse(response, { status: 404, code: 'ResourceNotFound', message: 'There is no such storage account.' });
    }
    try {
      const principal = await this.#options.access.tokens.verify(token);
      this.#authorize(principal, operation, account);
      this.#authorizeSource(principal, request);
    } catch (error) {
      if (error instanceof TokenRefused) {
        return refuse(response, { status: 401, code: 'InvalidAuthenticationInfo', message: error.message });
      }
      if (error instanceof AccessDenied) {
        return refuse(response, { status: 403, code: 'AuthorizationPermissionMismatch', message: error.message });
      }
      throw error;
    }
    await this.#forward(request, response, url, operation.account);
  }

  #authorize(principal: Principal, { container, actions }: BlobOperation, { resourceId }: StorageAccount): void {
    const scope = container === undefined ? resourceId : `${resourceId}/blobServices/default/containers/${container}`;
    const { control } = this.#options.access;
    if (!actions.some((action) => control.isAllowed(principal, action, scope))) {
      throw control.deny(principal, actions[0]!, scope);
    }
  }

  /** A copy reads its source as the same principal. */
  #authorizeSource(principal: Principal, { headers }: IncomingMessage): void {
    const source = headers['x-ms-copy-source'];
    if (typeof source !== 'string' || !URL.canParse(source)) return;
    const read = blobOperation('GET', new URL(source));
    const account = read && this.#options.accounts[read.account];
    if (account) this.#authorize(principal, read, account);
  }

  async #forward(request: IncomingMessage, response: ServerResponse, url: URL, account: string): Promise<void> {
    const headers = { ...request.headers };
    delete headers.authorization;
    delete headers.host;
    const source = headers['x-ms-copy-source'];
    if (typeof source === 'string' && URL.canParse(source)) headers['x-ms-copy-source'] = this.#behind(new URL(source));
    const { hostname, port, pathname, search } = new URL(this.#behind(url, account));
    const path = `${pathname}${search}`;
    const onward = httpRequest({ agent: this.#agent, hostname, port, path, method: request.method, headers });
    request.pipe(onward);
    request.once('close', () => {
      if (!request.complete) onward.destroy();
    });
    let answer: IncomingMessage;
    try {
      [answer] = (await once(onward, 'response')) as [IncomingMessage];
    } catch (error) {
      const message = `Azurite did not answer: ${(error as Error).message}.`;
      return refuse(response, { status: 503, code: 'ServerBusy', message });
    }
    onward.on('error', () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // Either end may go away in the middle of a body: pipeline then ends the other one.
    await pipeline(answer, response).catch(() => undefined);
  }

  /** The same URL at Azurite, signed; one that is not of this front stays what it is. */
  #behind(url: URL, account = url.pathname.split('/')[1] ?? ''): string {
    if (!this.#options.accounts[account]) return url.href;
    const query = url.search ? `${url.search}&` : '?';
    return `http://127.0.0.1:${this.#options.azuritePort}${url.pathname}${query}${this.#signature(account)}`;
  }

  #signature(account: string): string {
    const known = this.#signatures.get(account);
    if (known && known.renewAt > Date.now()) return known.text;
    const { key } = this.#options.accounts[account]!;
    const text = generateAccountSASQueryParameters(
      {
        startsOn: new Date(Date.now() - SAS_LIFETIME_MS),
        expiresOn: new Date(Date.now() + SAS_LIFETIME_MS),
        permissions: AccountSASPermissions.parse('rwdlacuptfi'),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        services: AccountSASServices.parse('b').toString(),
      },
      new StorageSharedKeyCredential(account, key),
    ).toString();
    this.#signatures.set(account, { text, renewAt: Date.now() + SAS_LIFETIME_MS / 2 });
    return text;
  }
}
