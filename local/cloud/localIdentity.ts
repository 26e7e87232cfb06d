import { join } from 'node:path';
import type { Denial } from '../identity/accessControl.ts';
import { Directory, type Identity, type RoleAssignment, type TokenHolder } from '../identity/directory.ts';
import { ensureIdentityFiles, type IdentityFiles } from '../identity/files.ts';
import type { FaithfulOptions } from '../identity/serviceAccess.ts';
import type { LocalCloud } from './localCloud.ts';

const SERVICE = 'identity';
/** Services that enforce role assignments; they are told when these change. */
const DATA_PLANES = ['blob', 'cosmos', 'eventgrid', 'eventhubs'];

/** Who may sign in as which identities. */
export type Holder = Omit<TokenHolder, 'header'>;

/** Where a process gets its tokens. */
export interface TokenSource {
  endpoint: string;
  header: string;
}

/**
 * Identities of a stack in profile `faithful`: the authority behind its certificates, the service that gives tokens, and
 * the directory of who may do what, filled by the resource handlers and published once the program has been evaluated.
 */
export class LocalIdentity {
  readonly files: IdentityFiles;
  /** OpenID issuer of tokens for the API. */
  readonly issuer: string;
  readonly #cloud: LocalCloud;
  readonly #endpoint: string;
  readonly #identities = new Map<string, Identity>();
  readonly #holders = new Map<string, TokenHolder>();
  readonly #assignments = new Map<string, RoleAssignment>();

  private constructor(cloud: LocalCloud, files: IdentityFiles, ports: Record<string, number>) {
    this.#cloud = cloud;
    this.files = files;
    this.issuer = `https://localhost:${ports.https}`;
    this.#endpoint = `http://127.0.0.1:${ports.http}/msi/token`;
  }

  static async start(cloud: LocalCloud): Promise<LocalIdentity> {
    const files = await ensureIdentityFiles(join(cloud.options.dataDir, SERVICE));
    const ports = await cloud.startService(SERVICE, {
      entry: new URL('../identity/main.ts', import.meta.url),
      ports: { http: undefined, https: undefined },
      options: { files },
    });
    return new LocalIdentity(cloud, files, ports);
  }

  /** Files of the certificate that servers show. */
  get tls(): Pick<IdentityFiles, 'certificate' | 'key'> {
    return { certificate: this.files.certificate, key: this.files.key };
  }

  /** What a local service needs to prove itself and to check its callers; none of it is secret but its TLS key. */
  get serviceOptions(): FaithfulOptions {
    const { certificate, key, publicKey, directory } = this.files;
    return { certificate, key, publicKey, directory };
  }

  /** The environment with which a process trusts the local certificates. */
  get trust(): Record<string, string> {
    return { NODE_EXTRA_CA_CERTS: this.files.ca };
  }

  addIdentity(identity: Identity): void {
    this.#identities.set(identity.resourceId, identity);
  }

  addAssignment(assignment: RoleAssignment): void {
    this.#assignments.set(assignment.id, assignment);
  }

  removeAssignment(id: string): void {
    this.#assignments.delete(id);
  }

  get assignments(): readonly RoleAssignment[] {
    return [...this.#assignments.values()];
  }

  /** Lets a process ask for tokens, with a secret that stays the same over restarts. */
  addHolder(holder: Holder): TokenSource {
    const header = this.#cloud.state.key(`${SERVICE}.${holder.name}`);
    this.#holders.set(holder.name, { ...holder, header });
    return { endpoint: this.#endpoint, header };
  }

  /** The environment with which the Azure clients of a process find its identities and trust the local certificates. */
  environmentOf(holder: Holder): Record<string, string> {
    const { endpoint, header } = this.addHolder(holder);
    return { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header, ...this.trust };
  }

  /** Writes the directory and tells every service that reads it. */
  async publish(): Promise<void> {
    new Directory(this.files.directory).write({
      identities: [...this.#identities.values()],
      holders: [...this.#holders.values()],
      assignments: [...this.#assignments.values()],
    });
    await this.#callAll([SERVICE, ...DATA_PLANES], 'reloadAccess');
  }

  /** Operations that the services have refused for want of a role since the last call. */
  async takeDenials(): Promise<Denial[]> {
    return (await this.#callAll<Denial[]>(DATA_PLANES, 'takeDenials')).flat();
  }

  async #callAll<T>(names: readonly string[], method: string): Promise<T[]> {
    const running = names.filter((name) => this.#cloud.hasService(name));
    return Promise.all(running.map((name) => this.#cloud.control<T>(name, method, null)));
  }
}
