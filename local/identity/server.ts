import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { publicJwk } from './accessTokens.ts';
import { Directory } from './directory.ts';
import { ManagedIdentityEndpoint, type EndpointAnswer } from './managedIdentityEndpoint.ts';

export interface IdentityServerOptions {
  signingKeyFile: string;
  directoryFile: string;
  tls: { cert: Buffer; key: Buffer };
  /** Wanted ports; 0 takes any. */
  ports: { http: number; https: number };
  tokenLifetimeSeconds: number;
}

const MANAGED_IDENTITY_PATH = '/msi/token';
const METADATA_PATH = '/.well-known/openid-configuration';
const KEYS_PATH = '/discovery/keys';

/** Tokens for the apps of a stack (http, as on App Service) and the public keys that prove them (https). */
export class IdentityServer {
  readonly #options: IdentityServerOptions;
  readonly #http = createHttpServer((request, response) => void this.#serve(request, response));
  readonly #https: Server;
  readonly #directory: Directory;
  readonly #jwk: object;
  readonly #endpoint: ManagedIdentityEndpoint;

  constructor(options: IdentityServerOptions) {
    this.#options = options;
    const key = createPrivateKey(readFileSync(options.signingKeyFile));
    this.#https = createHttpsServer(options.tls, (request, response) => void this.#serve(request, response));
    this.#jwk = publicJwk(key);
    this.#directory = new Directory(options.directoryFile);
    this.#endpoint = new ManagedIdentityEndpoint({
      directory: this.#directory,
      key,
      apiIssuer: () => this.issuer,
      tokenLifetimeSeconds: options.tokenLifetimeSeconds,
    });
  }

  async start(): Promise<void> {
    await listen(this.#http, this.#options.ports.http);
    await listen(this.#https, this.#options.ports.https);
  }

  get ports(): { http: number; https: number } {
    return { http: portOf(this.#http), https: portOf(this.#https) };
  }

  /** OpenID issuer of the tokens for callers of the API. */
  get issuer(): string {
    return `https://localhost:${this.ports.https}`;
  }

  reload(): void {
    this.#directory.reload();
  }

  async stop(): Promise<void> {
    await Promise.all(
      [this.#http, this.#https].map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async #answer(request: IncomingMessage): Promise<EndpointAnswer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.issuer);
    if (request.method !== 'GET') return notFound(`${request.method} ${pathname}`);
    switch (pathname) {
      case MANAGED_IDENTITY_PATH: {
        const header = request.headers['x-identity-header'];
        return this.#endpoint.answer(searchParams, typeof header === 'string' ? header : undefined);
      }
      case METADATA_PATH:
        return {
          status: 200,
          body: {
            issuer: this.issuer,
            jwks_uri: `${this.issuer}${KEYS_PATH}`,
            response_types_supported: ['token'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
          },
        };
      case KEYS_PATH:
        return { status: 200, body: { keys: [this.#jwk] } };
      default:
        return notFound(pathname);
    }
  }
}

function notFound(what: string): EndpointAnswer {
  const known = [MANAGED_IDENTITY_PATH, METADATA_PATH, KEYS_PATH].join(', ');
  return {
    status: 404,
    body: { error: 'not_found', error_description: `${what} is not served here; GET ${known} are.` },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
