import { notFound } from '../errors.ts';
import { isObject, property, type Json, type JsonObject } from '../json.ts';
import type { Database } from './catalog.ts';
import type { Container, StoreContext } from './container.ts';
import { entityTag } from './resourceIds.ts';
import { throughput, type Throughput } from './throughput.ts';

export interface Offer extends Throughput {
  /** Also the `_rid`; lower case, as signatures of offers are. */
  id: string;
  number: number;
  /** Resource id of the database or container, and the path that its `_self` gives. */
  resourceRid: string;
  resourceSelf: string;
  version: number;
  seconds: number;
}

type Owner = Database | Container;

/** Throughputs of databases and containers, as Cosmos DB's resource "offer". */
export class Offers {
  readonly #context: StoreContext;
  readonly #offers = new Map<string, Offer>();
  readonly #owners = new Map<string, Owner>();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  get all(): Offer[] {
    return [...this.#offers.values()];
  }

  byId(id: string): Offer {
    const offer = this.all.find((candidate) => candidate.id === id.toLowerCase());
    if (!offer) throw notFound();
    return offer;
  }

  of(owner: Owner): Offer | undefined {
    return this.#offers.get(owner.rid);
  }

  /** Sets the throughput of a database or container, new or again. Part of the caller's transaction. */
  put(owner: Owner, { requestUnitsPerSecond, autoscale }: Throughput): Offer {
    const before = this.#offers.get(owner.rid);
    const version = (before?.version ?? 0) + 1;
    const seconds = Math.floor(this.#context.now() / 1000);
    const content = JSON.stringify({ requestUnitsPerSecond, autoscale });
    const { number } = this.#context.database
      .prepare(
        `INSERT INTO offers (resource, content, version, seconds) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (resource) DO UPDATE SET content = ?2, version = ?3, seconds = ?4 RETURNING number`,
      )
      .get(owner.rid, content, version, seconds) as { number: number };
    return this.#remember(owner, { number, content, version, seconds });
  }

  /** Takes a changed offer from a client. */
  replace(id: string, input: Json): Offer {
    const offer = this.byId(id);
    const content = isObject(input) ? property(input, 'content') : undefined;
    const autopilot = property(property(content, 'offerAutopilotSettings'), 'maxThroughput');
    const changed =
      autopilot === undefined ? throughput(property(content, 'offerThroughput'), false) : throughput(autopilot, true);
    const owner = this.#owners.get(offer.resourceRid) as Owner;
    return this.#context.group.alone(() => this.put(owner, changed));
  }

  delete(owner: Owner): void {
    this.#context.database.prepare('DELETE FROM offers WHERE resource = ?').run(owner.rid);
    this.#offers.delete(owner.rid);
    this.#owners.delete(owner.rid);
  }

  load(databases: Iterable<Database>): void {
    const rows = this.#context.database.prepare('SELECT number, resource, content, version, seconds FROM offers').all();
    const records = new Map(
      (rows as { resource: string }[]).map((row) => [row.resource, row as unknown as OfferRecord]),
    );
    for (const database of databases) {
      for (const owner of [database, ...database.containers.values()]) {
        const record = records.get(owner.rid);
        if (record) this.#remember(owner, record);
      }
    }
  }

  #remember(owner: Owner, { number, content, version, seconds }: OfferRecord): Offer {
    const throughput = JSON.parse(content) as Throughput;
    const offer: Offer = {
      ...throughput,
      id: `o${number.toString(36).padStart(3, '0')}`,
      number,
      resourceRid: owner.rid,
      resourceSelf: owner.self,
      version,
      seconds,
    };
    this.#offers.set(owner.rid, offer);
    this.#owners.set(owner.rid, owner);
    return offer;
  }
}

interface OfferRecord {
  number: number;
  content: string;
  version: number;
  seconds: number;
}

/** An offer as clients see it. */
export function offerJson(offer: Offer): JsonObject {
  const { id, resourceRid, resourceSelf, version, seconds, requestUnitsPerSecond, autoscale } = offer;
  const content: JsonObject = { offerThroughput: requestUnitsPerSecond, offerIsRUPerMinuteThroughputEnabled: false };
  if (autoscale) {
    content.offerThroughput = requestUnitsPerSecond / 10;
    content.offerAutopilotSettings = { maxThroughput: requestUnitsPerSecond };
  }
  return {
    resource: resourceSelf,
    offerType: 'Invalid',
    offerResourceId: resourceRid,
    offerVersion: 'V2',
    content,
    id,
    _rid: id,
    _self: `offers/${id}/`,
    _etag: entityTag(version, seconds),
    _ts: seconds,
  };
}
