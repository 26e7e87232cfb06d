import { ErrorResponse, type Container } from '@azure/cosmos';

/** Position of a function in one range of a change feed, as a document of the lease container. */
export interface Lease {
  id: string;
  /** Instance that reads the range; empty: nobody. */
  owner: string;
  /** Position after the last handled change; absent before the first. */
  continuationToken?: string;
  /** When the owner last said that it is alive, ISO. */
  timestamp: string;
  _etag?: string;
}

/** The lease was taken or changed by another instance. */
export class LeaseLost extends Error {}

/** Leases of one function in the lease container, whose partition key is `/id`. */
export class LeaseStore {
  readonly #container: Container;
  readonly #owner: string;
  readonly #expirationMs: number;

  constructor(options: { container: Container; owner: string; expirationMs: number }) {
    this.#container = options.container;
    this.#owner = options.owner;
    this.#expirationMs = options.expirationMs;
  }

  /** Takes the lease when it is free, expired or left behind by this instance; undefined when another one holds it. */
  async acquire(id: string): Promise<Lease | undefined> {
    const { resource } = await this.#container.item(id, id).read<Lease>();
    if (!resource) return this.#orTaken(() => this.#create(id));
    const age = Date.now() - Date.parse(resource.timestamp);
    if (resource.owner && resource.owner !== this.#owner && age < this.#expirationMs) return undefined;
    return this.#orTaken(() => this.#replace({ ...resource, owner: this.#owner }));
  }

  /** Says that the owner is alive, with the position that it has reached. Throws `LeaseLost`. */
  async renew(lease: Lease): Promise<Lease> {
    return this.#replace(lease);
  }

  /** Gives the lease up for others, keeping the position. Throws `LeaseLost`. */
  async release(lease: Lease): Promise<void> {
    await this.#replace({ ...lease, owner: '' });
  }

  async #create(id: string): Promise<Lease> {
    const lease: Lease = { id, owner: this.#owner, timestamp: new Date().toISOString() };
    return this.#guarded(async () => (await this.#container.items.create<Lease>(lease)).resource!);
  }

  async #replace(lease: Lease): Promise<Lease> {
    const { id, owner, continuationToken } = lease;
    const next: Lease = { id, owner, continuationToken, timestamp: new Date().toISOString() };
    const accessCondition = { type: 'IfMatch', condition: lease._etag ?? '' };
    return this.#guarded(
      async () => (await this.#container.item(id, id).replace<Lease>(next, { accessCondition })).resource!,
    );
  }

  async #guarded(write: () => Promise<Lease>): Promise<Lease> {
    try {
      return await write();
    } catch (error) {
      if (error instanceof ErrorResponse && [404, 409, 412].includes(Number(error.code))) {
        throw new LeaseLost(`The lease was taken by another instance (status ${error.code}).`, { cause: error });
      }
      throw error;
    }
  }

  async #orTaken(take: () => Promise<Lease>): Promise<Lease | undefined> {
    try {
      return await take();
    } catch (error) {
      if (error instanceof LeaseLost) return undefined;
      throw error;
    }
  }
}
