import { randomUUID } from 'node:crypto';
import type { CatalogueChanged, RecommendationIssued } from '../../contracts/events.ts';
import { EVENT_TYPES } from '../../contracts/names.ts';
import { BackgroundBuffer } from './backgroundBuffer.ts';

/** A CloudEvent as `EventGridPublisherClient<'CloudEvent'>` takes it. */
export interface Announcement {
  id: string;
  source: string;
  type: string;
  subject: string;
  time: Date;
  datacontenttype: string;
  data: Record<string, unknown>;
}

/** What is used of `EventGridPublisherClient<'CloudEvent'>`. */
export interface Publisher {
  send(events: Announcement[]): Promise<void>;
}

export interface AnnouncementsOptions {
  publisher: Publisher;
  /** Channels whose recommendations are announced. */
  outboundChannels: ReadonlySet<string>;
  onDropped(count: number, error?: unknown): void;
}

/** Catalogue changes in one event, which Event Grid limits to 1 MB. */
const CHANGES_PER_EVENT = 500;

/** Source of the CloudEvents that the API makes for a tenant. */
export function sourceOf(tenant: string): string {
  return `/tenants/${tenant}/api`;
}

/** Tells other systems, through Event Grid and behind the requests' back, what happened here. */
export class Announcements {
  readonly #outboundChannels: ReadonlySet<string>;
  readonly #buffer: BackgroundBuffer<Announcement>;

  constructor({ publisher, outboundChannels, onDropped }: AnnouncementsOptions) {
    this.#outboundChannels = outboundChannels;
    this.#buffer = new BackgroundBuffer({
      send: (events) => publisher.send(events),
      capacity: 10_000,
      batch: 100,
      lingerMs: 50,
      attempts: 5,
      retryMs: 500,
      onDropped,
    });
  }

  /** Whether recommendations for a channel are announced. */
  isOutbound(channel: string | undefined): channel is string {
    return channel !== undefined && this.#outboundChannels.has(channel);
  }

  recommendationIssued(tenant: string, data: RecommendationIssued): void {
    this.#add(tenant, EVENT_TYPES.recommendationIssued, `users/${data.userId}`, { ...data });
  }

  catalogueChanged(tenant: string, changes: CatalogueChanged['changes']): void {
    for (let first = 0; first < changes.length; first += CHANGES_PER_EVENT) {
      const part = changes.slice(first, first + CHANGES_PER_EVENT);
      this.#add(tenant, EVENT_TYPES.catalogueChanged, 'items', { changes: part });
    }
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    await this.#buffer.flush();
  }

  #add(tenant: string, type: string, subject: string, data: Record<string, unknown>): void {
    const event = { id: randomUUID(), source: sourceOf(tenant), type, subject, time: new Date() };
    this.#buffer.add({ ...event, datacontenttype: 'application/json', data });
  }
}
