import type { RecommendationServed } from '../../contracts/events.ts';
import { EVENT_TYPES } from '../../contracts/names.ts';
import { sourceOf } from './announcements.ts';
import { BackgroundBuffer } from './backgroundBuffer.ts';
import type { ItemList } from './itemList.ts';
import type { HubProducer } from './partitionSender.ts';

/** An answer that was given. */
export interface Decision {
  tenant: string;
  /** When, ms since 1970. */
  time: number;
  list: ItemList;
  /** The rest of `RecommendationServed`. */
  about: Omit<RecommendationServed, 'items' | 'scores'>;
}

export interface DecisionLogOptions {
  producer: HubProducer;
  onDropped(count: number, error?: unknown): void;
}

/** Answers in one AMQP event, which is sent alone: some 100 kB, written in less than a millisecond. */
const ANSWERS_PER_EVENT = 200;
const CLOUD_EVENTS_BATCH = 'application/cloudevents-batch+json';

/** Writes every answer to the hub `decisions`, many in one event, behind the requests' back. */
export class DecisionLog {
  readonly #producer: HubProducer;
  readonly #buffer: BackgroundBuffer<Decision>;

  constructor({ producer, onDropped }: DecisionLogOptions) {
    this.#producer = producer;
    this.#buffer = new BackgroundBuffer({
      send: (decisions) => this.#send(decisions),
      capacity: 50_000,
      batch: ANSWERS_PER_EVENT,
      lingerMs: 200,
      attempts: 3,
      retryMs: 250,
      onDropped,
    });
  }

  add(decision: Decision): void {
    this.#buffer.add(decision);
  }

  /** Sends what waits and closes the connection. */
  async close(): Promise<void> {
    await this.#buffer.flush();
    await this.#producer.close();
  }

  async #send(decisions: readonly Decision[]): Promise<void> {
    const batch = await this.#producer.createBatch();
    const body = Buffer.from(`[${decisions.map(eventJson).join(',')}]`);
    if (!batch.tryAdd({ body, contentType: CLOUD_EVENTS_BATCH })) {
      throw new Error(`The hub takes no event of ${body.length} bytes.`);
    }
    await this.#producer.sendBatch(batch);
  }
}

/**
 * A `CloudEvent<RecommendationServed>` as JSON. Put together by hand, with the list's own texts, because it is made for
 * every answer: a request id is a UUID and needs no escaping.
 */
function eventJson({ tenant, time, list, about }: Decision): string {
  const { requestId, subject, channel, location, modelVersion, degraded } = about;
  return (
    `{"specversion":"1.0","id":"${requestId}","source":${JSON.stringify(sourceOf(tenant))},` +
    `"type":"${EVENT_TYPES.recommendationServed}","time":"${new Date(time).toISOString()}",` +
    `"datacontenttype":"application/json","data":{"requestId":"${requestId}"` +
    optional('subject', subject) +
    optional('channel', channel) +
    optional('location', location) +
    `,"modelVersion":${JSON.stringify(modelVersion)},"degraded":${JSON.stringify(degraded)},` +
    `"items":${list.idsJson},"scores":${list.scoresJson}}}`
  );
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}
