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
  /** Source of the CloudEvents. */
  source: string;
  /** Channels whose recommendations are announced. */
  outboundChannels: ReadonlySet<string>;
  onDropped(count: number, error?: unknown): void;
}

/** Catalogue changes in one event, which Event Grid limits to 1 MB. */
const CHANGES_PER_EVENT = 500;

/** Tells other systems, through Event Grid and behind the requests' back, what happened here. */
export class Announcements {
  readonly #source: string;
  readonly #outboundChannels: ReadonlySet<string>;
  readonly #buffer: BackgroundBuffer<Announcement>;

  constructor({ publisher, source, outboundChannels, onDropped }: AnnouncementsOptions) {
    this.#source = source;
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

  recommendationIssued(data: RecommendationIssued): void {
    this.#add(EVENT_TYPES.recommendationIssued, `users/${data.userId}`, { ...data });
  }

  catalogueChanged(changes: CatalogueChanged['changes']): void {
    for (let first = 0; first < changes.length; first += CHANGES_PER_EVENT) {
      const part = changes.slice(first, first + CHANGES_PER_EVENT);
      this.#add(EVENT_TYPES.catalogueChanged, 'items', { changes: part });
    }
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    await this.#buffer.flush();
  }

  #add(type: string, subject: string, data: Record<string, unknown>): void {
    const event = { id: randomUUID(), source: this.#source, type, subject, time: new Date() };
    this.#buffer.add({ ...event, datacontenttype: 'application/json', data });
  }
}
